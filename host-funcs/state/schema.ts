// Tables of the node's state. `PRAGMA user_version` is the number of migrations that a file has had.

/**
 * What makes the tables of version n from those of version n - 1, from version 1 on. Never change one that was
 * released: add another.
 */
export const migrations: readonly string[] = [
  `
  -- The ledger: one row for each plugin that an attachment has gone through. changes: JSON of Change[].
  CREATE TABLE attachments (
    network TEXT NOT NULL, container_id TEXT NOT NULL, ifname TEXT NOT NULL, plugin TEXT NOT NULL,
    netns_path TEXT NOT NULL, netns_id TEXT NOT NULL, boot_id TEXT NOT NULL,
    config TEXT NOT NULL, args TEXT NOT NULL, result TEXT NOT NULL, changes TEXT NOT NULL, created_ms INTEGER NOT NULL,
    PRIMARY KEY (network, container_id, ifname, plugin)
  ) WITHOUT ROWID;

  CREATE TABLE notes (
    network TEXT NOT NULL, container_id TEXT NOT NULL, ifname TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (network, container_id, ifname, key)
  ) WITHOUT ROWID;

  -- One owner for each address. address: canonical text. sequence: names this lease and no later one.
  CREATE TABLE leases (
    network TEXT NOT NULL, store TEXT NOT NULL, address TEXT NOT NULL,
    container_id TEXT NOT NULL, ifname TEXT NOT NULL,
    pod_namespace TEXT NOT NULL, pod_name TEXT NOT NULL, sequence INTEGER NOT NULL, since_ms INTEGER NOT NULL,
    PRIMARY KEY (network, store, address)
  ) WITHOUT ROWID;
  CREATE INDEX leases_by_attachment ON leases (container_id, ifname, network, store);

  -- A list of ranges that addresses were given from. ranges: JSON. cursor: the last address given, in sortable form.
  -- held: the leases of the same network and store that lie in its ranges.
  CREATE TABLE pools (
    id INTEGER PRIMARY KEY, network TEXT NOT NULL, store TEXT NOT NULL, ranges TEXT NOT NULL, domain TEXT NOT NULL,
    cursor_range INTEGER NOT NULL, cursor TEXT NOT NULL, held INTEGER NOT NULL,
    UNIQUE (network, store, ranges)
  );
  CREATE INDEX pools_by_domain ON pools (domain) WHERE held > 0;

  -- What is free in a pool, as disjoint intervals in sortable form. released: 0 for what was never given, else the
  -- sequence of the release. released_ms: 0 where no cool-down applies.
  CREATE TABLE free_space (
    pool INTEGER NOT NULL, range_index INTEGER NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL,
    released INTEGER NOT NULL, released_ms INTEGER NOT NULL,
    PRIMARY KEY (pool, range_index, last)
  ) WITHOUT ROWID;
  CREATE INDEX free_space_unused ON free_space (pool, range_index, last) WHERE released = 0;
  CREATE INDEX free_space_released ON free_space (pool, released) WHERE released > 0;

  -- Where another program's round robin stood: for a pool that is made later.
  CREATE TABLE imported_cursors (
    network TEXT NOT NULL, store TEXT NOT NULL, pool_index INTEGER NOT NULL, address TEXT NOT NULL,
    PRIMARY KEY (network, store, pool_index)
  ) WITHOUT ROWID;

  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO counters VALUES ('lease', 0);

  -- What an attachment has in the kernel's packet filter. kind masquerade: key is the source address, value the list of
  -- local networks, comma separated. kind mac-check: key is the link, value the MAC.
  CREATE TABLE firewall_elements (
    kind TEXT NOT NULL, key TEXT NOT NULL, network TEXT NOT NULL, container_id TEXT NOT NULL, ifname TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, key, network, container_id, ifname)
  ) WITHOUT ROWID;
  CREATE INDEX firewall_elements_by_attachment ON firewall_elements (container_id, ifname, network);
  CREATE INDEX firewall_elements_by_value ON firewall_elements (kind, value);
  `,
  `
  -- boot_id: the boot in which the lease was given, or imported; empty where that is not known.
  ALTER TABLE leases ADD COLUMN boot_id TEXT NOT NULL DEFAULT '';
  UPDATE leases SET boot_id = coalesce((
    SELECT max(made.boot_id) FROM attachments AS made
      WHERE made.network = leases.network AND made.container_id = leases.container_id AND made.ifname = leases.ifname
  ), '');

  -- runtime: who asked for the attachment; empty where that is not known.
  ALTER TABLE attachments ADD COLUMN runtime TEXT NOT NULL DEFAULT '';
  `,
  `
  -- call_key: names the ADD that made it, while its caller may ask again for the same one; else empty.
  ALTER TABLE attachments ADD COLUMN call_key TEXT NOT NULL DEFAULT '';
  `,
];
