/** Names of fields and indexes of lists, from the plan inwards. */
export type Path = readonly (string | number)[];

export interface Spot {
  /** The name of the field rather than its value. */
  readonly name?: boolean;
  /** A character within a text, from 1. */
  readonly character?: number;
}

export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/** Where the values of a plan stand. */
export interface Places {
  /** The place of a value, or of what is nearest around it; undefined where there is no text. */
  find(path: Path, spot: Spot): LineColumn | undefined;
}

/** Of a plan that is an object of TypeScript. */
export const NO_PLACES: Places = { find: () => undefined };

/** `jobs.autoclose.cron[1]`; names that are no words stand in brackets. */
export function pathText(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[\w$-]+$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}
