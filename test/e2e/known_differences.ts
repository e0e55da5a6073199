// What Debian's Go plugins (1.1.1, of 2022) do not do, by the name of the test. Ours must pass every test.

/** Test name to reason. */
export const GO_DIFFERENCES: Readonly<Record<string, string>> = {};
