/** The oldest releases that serve remote users (guide, prerequisites): 9.1(2)SU1 and 9.1(1). */
export const oldestReleases = {
  'unified-cm': { numbers: [9, 1, 2, 11_900], text: '9.1(2)SU1' },
  'im-and-presence': { numbers: [9, 1, 1], text: '9.1(1)' },
} as const

/**
 * Whether a release as AXL tells it (`9.1.2.11900-12`) is older than `oldest`. A text without numbers is not called
 * old.
 */
export function isOlder(release: string, oldest: readonly number[]): boolean {
  const numbers = release.split(/[.-]/).map(Number)
  if (numbers.some((number) => !Number.isInteger(number))) return false
  for (const [index, least] of oldest.entries()) {
    const number = numbers[index] ?? 0
    if (number !== least) return number < least
  }
  return false
}
