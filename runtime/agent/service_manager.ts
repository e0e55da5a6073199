// systemd, where it started the agent: sockets that it listens at already (sd_listen_fds(3)), and being told how the
// agent is (sd_notify(3)).

import { sendDatagram } from "../../host-funcs/sys/unix_socket.ts";

type Env = (name: string) => string | undefined;

/** SD_LISTEN_FDS_START */
const FIRST_DESCRIPTOR = 3;

/** @returns the listening socket that this process was started with, if there is one */
export function inheritedListener(env: Env, pid: number): number | undefined {
  if (Number(env("LISTEN_PID")) !== pid || !(Number(env("LISTEN_FDS")) >= 1)) return undefined;
  return FIRST_DESCRIPTOR;
}

/** Tells the service manager, where there is one. @param state such as `READY=1` */
export function notify(env: Env, state: string): void {
  const path = env("NOTIFY_SOCKET");
  if (path === undefined || path === "") return;
  try {
    sendDatagram(path, state);
  } catch {
    // It then waits for nothing, or ends the agent: its log tells.
  }
}

/**
 * Milliseconds between two signs of life, where the service manager wants some (sd_watchdog_enabled(3)): half of the time
 * after which it starts the agent anew.
 */
export function watchdogInterval(env: Env, pid: number): number | undefined {
  const microseconds = Number(env("WATCHDOG_USEC"));
  const whose = env("WATCHDOG_PID") ?? "";
  if (!(microseconds > 0) || (whose !== "" && Number(whose) !== pid)) return undefined;
  return microseconds / 2000;
}

/** Gives signs of life as long as `lives` says so, where somebody wants them. */
export class Watchdog implements Disposable {
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor(env: Env, pid: number, lives: () => boolean) {
    const interval = watchdogInterval(env, pid);
    if (interval === undefined) return;
    this.#timer = setInterval(() => lives() && notify(env, "WATCHDOG=1"), interval);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
