import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { CommandFailure } from "../../output.ts";
import { basic, CredentialFile } from "./credentials.ts";

async function withConfig(text: string | undefined, body: (read: () => CredentialFile) => void): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "credentials-" });
  try {
    if (text !== undefined) Deno.writeTextFileSync(`${directory}/config.json`, text);
    body(() => CredentialFile.read((name) => name === "DOCKER_CONFIG" ? directory : undefined));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("credentials are those of the host, however Docker has written it", () =>
  withConfig(
    JSON.stringify({
      auths: {
        "a.example": { auth: btoa("user:pass:word") },
        "https://b.example:5000/v2/": { username: "u", password: "p" },
        "https://index.docker.io/v1/": { auth: btoa("hub:x") },
        "c.example": {},
      },
    }),
    (read) => {
      const file = read();
      assertEquals(file.for("a.example"), { user: "user", password: "pass:word" });
      assertEquals(file.for("b.example:5000"), { user: "u", password: "p" });
      assertEquals(file.for("docker.io"), { user: "hub", password: "x" });
      assertEquals([file.for("b.example"), file.for("c.example")], [undefined, undefined]);
      assertMatch(file.advice("c.example"), /`docker login` or `podman login` writes them$/);
    },
  ));

Deno.test("without a file there are no credentials; helpers are said not to be asked", async () => {
  await withConfig(undefined, (read) => assertEquals(read().for("a.example"), undefined));
  await withConfig('{"credsStore":"pass"}', (read) => {
    assertMatch(read().advice("a.example"), /credential helpers are not asked$/);
  });
});

Deno.test("a file that is not as Docker writes it is told without a part of it", async () => {
  for (const text of ['{"auths":{"a.example":{"auth":"secret', '{"auths":{"a.example":{"auth":"%%%"}}}']) {
    await withConfig(text, (read) => {
      const failure = assertThrows(read, CommandFailure, "as it is not as Docker writes it") as Error;
      assertEquals(failure.message.includes("secret"), false);
    });
  }
});

Deno.test("basic() is UTF-8", () => {
  assertEquals(basic({ user: "ü", password: "x" }), "Basic w7w6eA==");
});
