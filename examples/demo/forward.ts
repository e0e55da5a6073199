// Lets a browser reach a socket of the UNIX domain: a port of the loopback address whose connections are led there.

export interface Forward extends AsyncDisposable {
  readonly port: number;
}

/** @param path of the socket; it need not be there yet */
export function forward(path: string): Forward {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      lead(connection, path, open).finally(() => {
        open.delete(connection);
        end(connection);
      });
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) end(connection);
      await accepting;
    },
  };
}

/** Both directions, until one of them ends. Whoever has gone is no error. */
async function lead(connection: Deno.Conn, path: string, open: Set<Deno.Conn>): Promise<void> {
  let other: Deno.Conn;
  try {
    other = await Deno.connect({ transport: "unix", path });
  } catch {
    return;
  }
  open.add(other);
  try {
    const ways = [
      connection.readable.pipeTo(other.writable),
      other.readable.pipeTo(connection.writable),
    ];
    for (const way of ways) way.catch(() => {});
    await Promise.race(ways).catch(() => {});
  } finally {
    open.delete(other);
    end(other);
  }
}

function end(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It has ended.
  }
}
