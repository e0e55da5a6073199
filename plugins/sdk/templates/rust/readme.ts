// README of a new plugin in Rust.

export function readme(name: string): string {
  return `# ${name}

A plugin for cnidaria, in Rust. It comes after the plugin that makes the pod's interface:

    { "type": "cnidaria-${name}", "mtu": 1400 }

\`plugin.json\` says what it may do: \`imports\` are interfaces of the contract, \`grants\` how far each of them reaches.
Whoever allows the plugin on a node reads just that.

    rustup target add wasm32-unknown-unknown
    cargo test                     # what needs no host
    cnidaria plugin test .         # the component, on a node in memory
    cnidaria plugin run .          # ADD, CHECK, DEL with every host call, on a node that is thrown away (root)
    cnidaria plugin build .        # plugin.wasm, and a manifest with its digest
    cnidaria plugin allow ${name}  # as root, on a node where it is installed

- \`wit/\` is the contract and this plugin's world. The build writes it, from \`plugin.json\`; commit it, so that cargo and
  editors need nothing of cnidaria.
- A component has no files, clock, sockets or environment: a crate that needs one makes a component that the build
  refuses.
- What an ADD has changed through host functions is undone by the host if it answers an error, and whatever is left
  after a DEL as well.
- A panic ends the plugin by a trap; its words go to the log.
`;
}
