/** An NTP timestamp (RFC 5905 §6): 32 bits of seconds since 1900 and 32 bits of fraction, in one 64-bit number. */
export type NtpTimestamp = bigint

/** The timestamp of so many milliseconds since 1970, in whatever era that is. */
export function timestampOf(milliseconds: number): NtpTimestamp {
  const whole = BigInt(Math.round(milliseconds)) + millisecondsTo1970
  return BigInt.asUintN(64, (whole << 32n) / 1_000n)
}

/**
 * Milliseconds from `earlier` to `later`, negative where it is the other way round. Right across the end of an era
 * (February 2036) as long as the two are less than 68 years apart.
 */
export function millisecondsBetween(earlier: NtpTimestamp, later: NtpTimestamp): number {
  return (Number(BigInt.asIntN(64, later - earlier)) * 1_000) / 2 ** 32
}

const millisecondsTo1970 = 2_208_988_800_000n
