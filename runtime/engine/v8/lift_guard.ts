// jco's glue copies values out of a component's memory with no limit: a list whose items all point to the same long
// string makes many gigabytes out of a few, and V8 ends the process where its heap is full. The glue has three ways to
// make something of what a component says: it decodes a text, cuts bytes out of a memory, and pushes an item to a list.
// In the worker each of them is counted. The suite shows that each is (runtime/engine/attacks_test.ts).

import { VALUE_COST, type ValueBudget } from "../limit.ts";

/**
 * Replaces the three in this thread; what was imported before keeps its own TextDecoder.
 *
 * @param tooLarge called with what the budget throws; it does not return
 */
export function guardLifting(budget: ValueBudget, tooLarge: (error: unknown) => never): void {
  const spend = (bytes: number) => {
    try {
      budget.spend(bytes);
    } catch (error) {
      tooLarge(error);
    }
  };
  const { push } = Array.prototype;
  Array.prototype.push = function (...items: unknown[]) {
    spend(items.length * VALUE_COST);
    return push.apply(this, items);
  };
  const { slice } = ArrayBuffer.prototype;
  ArrayBuffer.prototype.slice = function (this: ArrayBuffer, start = 0, end = this.byteLength) {
    spend(Math.max(0, Math.min(end, this.byteLength) - start));
    return slice.call(this, start, end);
  };
  const Plain = TextDecoder;
  globalThis.TextDecoder = class extends Plain {
    override decode(input?: AllowSharedBufferSource, options?: TextDecodeOptions): string {
      spend(input?.byteLength ?? 0);
      return super.decode(input, options);
    }
  };
}
