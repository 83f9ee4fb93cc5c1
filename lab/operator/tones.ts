import { seededRandom } from '#runtime/random.ts'

/**
 * A tone for each user in Hz, drawn from the run's seed: between 401 and 956, at least 37 apart, so that whoever is
 * heard is told from everybody else.
 */
export function toneOf(user: string, users: readonly string[], seed: string | number): number {
  const random = seededRandom(`${seed}/tones of users`)
  const steps = Array.from({ length: 16 }, (_, step) => step)
  for (const name of users) {
    const [step] = steps.splice(random.integer(0, steps.length - 1), 1)
    if (name === user) return 401 + 37 * step!
  }
  throw new Error(`${user} is not among ${users.join(', ')}`)
}
