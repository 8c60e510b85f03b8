/** A day of the week and a minute of the day, on the clocks of some place. */
export interface LocalTime {
  /** `Mon` to `Sun`. */
  readonly day: string;
  /** 0 to 1,439. */
  readonly minute: number;
}

/** The clocks of one IANA time zone. Times are milliseconds since 1970. */
export interface TimeZone {
  localTime(ms: number): LocalTime;
  /** Midnight before `ms` and midnight after it, on the clocks there. */
  dayAround(ms: number): { readonly startMs: number; readonly endMs: number };
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const zones = new Map<string, TimeZone>();

/** Undefined where there is no such zone. One value a zone is kept; there are some 600. */
export function findTimeZone(name: string): TimeZone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  try {
    const zone = createTimeZone(name);
    zones.set(name, zone);
    return zone;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function createTimeZone(timeZone: string): TimeZone {
  const format = new Intl.DateTimeFormat('en-GB-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  let minute = { atMs: Number.NaN, local: { day: '', minute: 0 } };
  let today = { startMs: 0, endMs: 0 };
  return {
    localTime: (ms) => {
      const atMs = Math.floor(ms / minuteMs) * minuteMs;
      if (minute.atMs !== atMs) minute = { atMs, local: toLocalTime(readFields(format, atMs)) };
      return minute.local;
    },
    dayAround: (ms) => {
      if (ms < today.startMs || ms >= today.endMs) today = findDay(format, ms);
      return today;
    },
  };
}

interface Fields {
  readonly date: number;
  readonly minute: number;
}

/** The date there as midnight UTC of the same date, and the minute of the day. */
function readFields(format: Intl.DateTimeFormat, ms: number): Fields {
  const fields = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const read = (type: Intl.DateTimeFormatPartTypes) => fields.get(type) ?? Number.NaN;
  return {
    date: Date.UTC(read('year'), read('month') - 1, read('day')),
    minute: read('hour') * 60 + read('minute'),
  };
}

function toLocalTime({ date, minute }: Fields): LocalTime {
  return { day: days[new Date(date).getUTCDay()] ?? '', minute };
}

function findDay(format: Intl.DateTimeFormat, ms: number): { startMs: number; endMs: number } {
  const dateAt = (time: number) => readFields(format, time).date;
  const today = dateAt(ms);
  return {
    startMs: firstMinute(ms - dayMs - 4 * 3_600_000, ms, (time) => dateAt(time) >= today),
    endMs: firstMinute(ms, ms + dayMs + 4 * 3_600_000, (time) => dateAt(time) > today),
  };
}

/** The first full minute in (from, to] where `holds`, which stays true once it is: days may have 23 or 25 hours. */
function firstMinute(fromMs: number, toMs: number, holds: (ms: number) => boolean): number {
  let low = Math.floor(fromMs / minuteMs);
  let high = Math.ceil(toMs / minuteMs);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle * minuteMs)) high = middle;
    else low = middle;
  }
  return high * minuteMs;
}
