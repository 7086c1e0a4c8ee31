/** Names an execution, live or not. */
export interface LiveKey {
  readonly tenant: string;
  readonly id: string;
}

export function nameOf({ tenant, id }: LiveKey): string {
  return `${tenant}/${id}`;
}
