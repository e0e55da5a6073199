import { assertEquals } from "@std/assert";
import { containerPorts } from "./container_ports.ts";

Deno.test("ports of containers and of what runs beside them, with names and without", () => {
  const json = {
    spec: {
      containers: [{ ports: [{ name: "http", containerPort: 80 }, { containerPort: 81 }] }, { ports: null }, {}],
      initContainers: [
        { ports: [{ containerPort: 1 }] },
        { restartPolicy: "Always", ports: [{ name: "dns", protocol: "UDP", containerPort: 53 }] },
      ],
    },
  };
  assertEquals(containerPorts(json), [
    { name: "http", protocol: "tcp", port: 80 },
    { name: "", protocol: "tcp", port: 81 },
    { name: "dns", protocol: "udp", port: 53 },
  ]);
  assertEquals(containerPorts({ spec: { containers: [], initContainers: null } }), []);
  assertEquals(containerPorts({}), []);
});
