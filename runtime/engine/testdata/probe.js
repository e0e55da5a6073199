// Hands each call of `echo` on to the host, so that a value crosses the boundary four times.
import * as host from "test:engine/echo@1.0.0";
import { ask, tell } from "test:engine/host@1.0.0";

const handOn = (name) => (...args) => host[name](...args);

export const echo = {
  ...Object.fromEntries(
    [
      "bools",
      "bytes",
      "shorts",
      "words",
      "longs",
      "floats",
      "chars",
      "strings",
      "blobs",
      "lists",
      "numberLists",
      "tuples",
      "records",
      "variants",
      "enums",
      "options",
      "flagSets",
      "nestedResults",
      "results",
      "emptyResults",
    ].map((name) => [name, handOn(name)]),
  ),
};

let calls = 0;

export const ends = {
  count: () => ++calls,
  ask: (question) => ask(question),
  tell: (text) => tell(text),
  spin: () => {
    for (;;) calls++;
  },
  askForever: () => {
    for (;;) ask("again");
  },
  askStubbornly: () => {
    for (;;) {
      try {
        ask("again");
      } catch {
        calls++;
      }
    }
  },
  hear: () => ask("?").length,
  tellLong: (bytes) => tell("x".repeat(bytes)),
  answerLong: (bytes) => "x".repeat(bytes),
  failLong: (bytes) => {
    throw Object.assign(new Error(), { payload: { errorCode: "ready", message: "x".repeat(bytes) } });
  },
  recurse: () => {
    const deeper = (n) => 1 + deeper(n + 1);
    return deeper(0);
  },
  allocate: (bytes) => new Uint8Array(bytes).length,
  hoard: () => {
    const pieces = [];
    for (;;) pieces.push(new Uint8Array(65536));
  },
  crash: () => {
    throw new TypeError("thrown on purpose");
  },
};
