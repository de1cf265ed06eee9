/** What came over the network is unknown until one of these has looked at it. */
export type Shape<T> = (value: unknown) => T;

export class OddShape extends Error {}

export const text: Shape<string> = (value) => {
  if (typeof value !== "string") throw new OddShape("not a text");
  return value;
};

export const number: Shape<number> = (value) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new OddShape("not a number");
  return value;
};

export const truth: Shape<boolean> = (value) => {
  if (typeof value !== "boolean") throw new OddShape("not true or false");
  return value;
};

export function oneOf<const T extends string>(...allowed: readonly T[]): Shape<T> {
  return (value) => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw new OddShape(`none of ${allowed.join(", ")}`);
    return found;
  };
}

export function maybe<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? null : shape(value));
}

export function list<T>(shape: Shape<T>): Shape<T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new OddShape("not a list");
    return value.map((item: unknown) => shape(item));
  };
}

/** Fields that nobody asks for may be there: an older card has to understand a newer server. */
export function record<T extends object>(shapes: { [K in keyof T]: Shape<T[K]> }): Shape<T> {
  return (value) => {
    if (!isObject(value)) throw new OddShape("not an object");
    const entries = Object.entries<Shape<unknown>>(shapes).map(([name, shape]) => [name, shape(value[name])]);
    // Object.fromEntries forgets the names; each was read by the shape of its own field.
    return Object.fromEntries(entries) as T;
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
