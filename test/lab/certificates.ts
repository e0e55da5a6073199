// A certificate authority of a test's own, by openssl: for servers on the loopback device and their clients.

import { must, run } from "./command.ts";

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Why there can be none here; undefined where there can. */
export async function whyNoCertificates(): Promise<string | undefined> {
  const works = await run(["openssl", "version"]).then(({ code }) => code === 0, () => false);
  return works ? undefined : "needs openssl";
}

/** Files in a directory of its own, removed at the end of its `await using` scope. */
export class CertificateAuthority implements AsyncDisposable {
  /** Path of its certificate. */
  readonly ca: string;

  private constructor(private readonly directory: string) {
    this.ca = `${directory}/ca.pem`;
  }

  /** @param parent folder in which its own is made */
  static async create(parent?: string): Promise<CertificateAuthority> {
    const authority = new CertificateAuthority(await Deno.makeTempDir(parent === undefined ? {} : { dir: parent }));
    const { directory, ca } = authority;
    await must([
      ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-subj", "/CN=test authority", "-days", "2", "-keyout", `${directory}/ca.key`, "-out", ca],
    ]);
    return authority;
  }

  /** A certificate for 127.0.0.1, of a server or a client. */
  async issue(name: string): Promise<Certificate> {
    const [cert, key, request, extensions] = ["pem", "key", "csr", "ext"].map((kind) =>
      `${this.directory}/${name}.${kind}`
    ) as [string, string, string, string];
    await Deno.writeTextFile(extensions, "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n");
    await must([
      ...["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-subj", `/CN=${name}`, "-keyout", key, "-out", request],
    ]);
    await must([
      ...["openssl", "x509", "-req", "-days", "2", "-in", request, "-CA", this.ca, "-CAkey"],
      ...[`${this.directory}/ca.key`, "-CAcreateserial", "-extfile", extensions, "-out", cert],
    ]);
    return { cert, key };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}
