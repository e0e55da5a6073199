// Label selectors (LabelSelector of meta/v1): reading, and what they select.

import type { Requirement, Selector } from "../parsed_policy.ts";
import { isLabelKey, isLabelValue } from "./label.ts";
import { type Place, show } from "./place.ts";
import { isGiven, readChoice, readList, readObject, readText } from "./value.ts";

/** Labels by key; a Map is one. */
export interface Labels {
  get(key: string): string | undefined;
}

/** Whether all requirements hold. `NotIn` and `DoesNotExist` hold where there is no such label. */
export function matches(selector: Selector, labels: Labels): boolean {
  for (const { key, operator, values } of selector) {
    const value = labels.get(key);
    switch (operator) {
      case "In":
        if (value === undefined || !values.includes(value)) return false;
        break;
      case "NotIn":
        if (value !== undefined && values.includes(value)) return false;
        break;
      case "Exists":
        if (value === undefined) return false;
        break;
      case "DoesNotExist":
        if (value !== undefined) return false;
        break;
    }
  }
  return true;
}

const SHAPE = { what: "a label selector", fields: ["matchLabels", "matchExpressions"] } as const;

/** A selector as it is compared: sorted, no requirement twice. Not given, or empty: everything is selected. */
export function readSelector(value: unknown, at: Place): Selector {
  if (!isGiven(value)) return [];
  const fields = readObject(value, SHAPE, at);
  if (fields === undefined) return [];
  const { matchLabels, matchExpressions } = fields;
  const requirements = isGiven(matchLabels) ? readLabels(matchLabels, at) : [];
  if (isGiven(matchExpressions)) {
    requirements.push(...readList(matchExpressions, at.field("matchExpressions"), readExpression));
  }
  return canonical(requirements);
}

function readLabels(value: unknown, at: Place): Requirement[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    at.field("matchLabels").refuse(`is no object: ${show(value)}`);
    return [];
  }
  const labels = value as Record<string, unknown>;
  const keys = Object.keys(labels);
  const requirements: Requirement[] = [];
  for (let index = 0; index < keys.length && !at.isFull; index++) {
    const key = keys[index]!;
    const label = labels[key];
    if (!isLabelKey(key)) at.field("matchLabels").field(key).refuse(NO_KEY + show(key));
    if (typeof label === "string" && isLabelValue(label)) requirements.push({ key, operator: "In", values: [label] });
    else at.field("matchLabels").field(key).refuse(NO_VALUE + show(label));
  }
  return requirements;
}

const NO_KEY = "is no label key, as app or example.com/app: ";
const NO_VALUE = "is no label value, which has at most 63 letters and digits, and - _ . between them: ";

const EXPRESSION = { what: "an expression of a selector", fields: ["key", "operator", "values"] } as const;

const OPERATORS = new Map<string, Requirement["operator"]>([
  ["In", "In"],
  ["NotIn", "NotIn"],
  ["Exists", "Exists"],
  ["DoesNotExist", "DoesNotExist"],
]);

const NONE: readonly string[] = [];

function readExpression(value: unknown, at: Place): Requirement | undefined {
  const fields = readObject(value, EXPRESSION, at);
  if (fields === undefined) return undefined;
  const key = readText(fields.key, at.field("key"));
  if (key !== undefined && !isLabelKey(key)) at.field("key").refuse(NO_KEY + show(key));
  const operator = readChoice(fields.operator, OPERATORS, at.field("operator"));
  const inside = at.field("values");
  const values = readList(fields.values, inside, readLabelValue);
  if (key === undefined || operator === undefined) return undefined;
  // Not the length of `values`, which has in it what was in order.
  const isEmpty = !Array.isArray(fields.values) || fields.values.length === 0;
  if (operator === "Exists" || operator === "DoesNotExist") {
    if (!isEmpty) inside.refuse(`has to be empty for ${operator}, and is ${show(fields.values)}`);
    return { key, operator, values: NONE };
  }
  if (isEmpty) inside.refuse(`has to have a value for ${operator}, and has none`);
  return { key, operator, values: values.length > 1 ? [...new Set(values)].sort() : values };
}

function readLabelValue(value: unknown, at: Place): string | undefined {
  if (typeof value === "string" && isLabelValue(value)) return value;
  at.refuse(NO_VALUE + show(value));
  return undefined;
}

function canonical(requirements: Requirement[]): Selector {
  if (requirements.length < 2) return requirements;
  requirements.sort(compare);
  return requirements.filter((it, index) => index === 0 || compare(it, requirements[index - 1]!) !== 0);
}

/** By key, operator, values. */
function compare(one: Requirement, other: Requirement): number {
  if (one.key !== other.key) return one.key < other.key ? -1 : 1;
  if (one.operator !== other.operator) return one.operator < other.operator ? -1 : 1;
  // No label value has a comma in it.
  const [values, others] = [one.values.join(), other.values.join()];
  return values < others ? -1 : values > others ? 1 : 0;
}

/** A selector on one line, as kubectl has it: `app=web,tier in (a,b),!legacy`. Equal ones are equal texts; `*` for all. */
export function selectorText(selector: Selector): string {
  return selector.length === 0 ? "*" : selector.map(requirementText).join();
}

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "In":
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join()})`;
    case "NotIn":
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join()})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
  }
}
