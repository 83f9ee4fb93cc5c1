import type { MonotonicClock } from '#runtime/clock.ts'

/** Why an endpoint gave up, in the words a field engineer finds in its log and on its screen. */
export interface SignInProblem {
  /** Token of the client's log, for example FAILED_NO_SRV_RECORDS_FOUND. */
  readonly token: string
  /** Status of the protocol that refused, where one did. */
  readonly status?: number
  /** What the user is told, or what the log says behind the token. */
  readonly says: string
}

export interface StageReport {
  readonly name: string
  readonly outcome: 'ok' | 'failed' | 'skipped'
  readonly milliseconds: number
  readonly detail: string
  readonly error?: SignInProblem
}

/** What a sign-in came to. */
export interface SignInReport<State extends string> {
  readonly state: State
  readonly stages: readonly StageReport[]
  /** Of the first stage that failed. */
  readonly error?: SignInProblem
}

/** Ends a stage with a named problem; caught by `SignInStages`. */
export class StageFailed extends Error {
  readonly problem: SignInProblem

  constructor(problem: SignInProblem) {
    super(`${problem.token}: ${problem.says}`)
    this.problem = problem
  }
}

export function stageFailed(token: string, says: string, status?: number): StageFailed {
  return new StageFailed({ token, says, ...(status === undefined ? {} : { status }) })
}

/** Runs the stages of a sign-in, times them, and keeps what became of each. */
export class SignInStages {
  readonly reports: StageReport[] = []
  readonly #clock: MonotonicClock
  readonly #wanted: readonly string[] | undefined

  /** `wanted`: only these stages are run; all where absent. */
  constructor(clock: MonotonicClock, wanted?: readonly string[]) {
    this.#clock = clock
    this.#wanted = wanted
  }

  /** The stage's result; undefined where it failed or was not wanted. `action` gives its result and a remark. */
  async run<T>(name: string, action: () => Promise<{ result: T; detail: string }>): Promise<T | undefined> {
    if (this.#wanted?.includes(name) === false) {
      this.skip(name, 'not asked for')
      return undefined
    }
    const started = this.#clock.now()
    const milliseconds = () => Math.round(Number(this.#clock.now() - started) / 1e5) / 10
    try {
      const { result, detail } = await action()
      this.reports.push({ name, outcome: 'ok', milliseconds: milliseconds(), detail })
      return result
    } catch (thrown) {
      const error = problemOf(thrown)
      const detail = error.status === undefined ? error.says : `${error.status} ${error.says}`
      this.reports.push({ name, outcome: 'failed', milliseconds: milliseconds(), detail, error })
      return undefined
    }
  }

  skip(name: string, why: string): void {
    this.reports.push({ name, outcome: 'skipped', milliseconds: 0, detail: why })
  }

  get firstError(): SignInProblem | undefined {
    return this.reports.find(({ error }) => error !== undefined)?.error
  }
}

function problemOf(thrown: unknown): SignInProblem {
  if (thrown instanceof StageFailed) return thrown.problem
  return { token: 'INTERNAL_ERROR', says: thrown instanceof Error ? thrown.message : String(thrown) }
}
