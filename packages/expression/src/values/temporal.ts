export type TemporalValue =
  | Temporal.Instant
  | Temporal.PlainDate
  | Temporal.PlainDateTime
  | Temporal.PlainTime
  | Temporal.ZonedDateTime;

/** Whether a value is a native date or time. */
export function isTemporal(value: unknown): value is TemporalValue {
  return (
    value instanceof Temporal.ZonedDateTime ||
    value instanceof Temporal.Instant ||
    value instanceof Temporal.PlainDate ||
    value instanceof Temporal.PlainDateTime ||
    value instanceof Temporal.PlainTime
  );
}

/** The text of a native date or time as Java writes it: seconds are left out when they are zero, the zone is an offset. */
export function temporalText(value: TemporalValue): string {
  if (value instanceof Temporal.PlainDate) return value.toString();
  if (value instanceof Temporal.Instant) return value.toString();
  if (value instanceof Temporal.PlainTime) return clockText(value);
  const local = `${value.toPlainDate().toString()}T${clockText(value.toPlainTime())}`;
  if (value instanceof Temporal.PlainDateTime) return local;
  return local + (value.offsetNanoseconds === 0 ? "Z" : value.offset);
}

function clockText(time: Temporal.PlainTime): string {
  const text = time.toString();
  const isWholeMinute = time.second === 0 && !text.includes(".");
  return isWholeMinute ? text.slice(0, 5) : text;
}
