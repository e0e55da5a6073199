import { assertEquals } from "@std/assert";
import { earlierSubnets, subnetFileText, writeSubnetFile } from "./subnet_file.ts";

const FILE = {
  ipv4Network: "10.244.0.0/16",
  ipv4: "10.244.3.0/24",
  ipv6Network: "fd00:244::/48",
  ipv6: "fd00:244:0:3::/64",
  mtu: 1450,
  ipMasq: true,
};

Deno.test("the file is as flanneld writes it", () => {
  assertEquals(
    subnetFileText(FILE),
    [
      "FLANNEL_NETWORK=10.244.0.0/16",
      "FLANNEL_SUBNET=10.244.3.1/24",
      "FLANNEL_IPV6_NETWORK=fd00:244::/48",
      "FLANNEL_IPV6_SUBNET=fd00:244:0:3::1/64",
      "FLANNEL_MTU=1450",
      "FLANNEL_IPMASQ=true",
      "",
    ].join("\n"),
  );
});

Deno.test("it is written once, in a folder that is made, and its subnets are read back as networks", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/flannel/subnet.env`;
    assertEquals(await earlierSubnets(path), []);
    await writeSubnetFile(path, FILE);
    const { ino } = await Deno.stat(path);
    await writeSubnetFile(path, FILE);
    assertEquals((await Deno.stat(path)).ino, ino);
    assertEquals(await earlierSubnets(path), ["10.244.3.0/24", "fd00:244:0:3::/64"]);
    await writeSubnetFile(path, { ...FILE, mtu: 1400 });
    assertEquals([...Deno.readDirSync(`${folder}/flannel`)].map(({ name }) => name), ["subnet.env"]);
    await Deno.writeTextFile(path, "FLANNEL_SUBNET=no subnet\nFLANNEL_IPV6_SUBNET=\n");
    assertEquals(await earlierSubnets(path), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
