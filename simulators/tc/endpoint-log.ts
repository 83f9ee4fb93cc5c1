import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StageReport } from '#simulators/protocol/endpoint/sign-in-stages.ts'

/** The endpoint's own log, `all.log`: how each step of its provisioning went. Credentials are not among it. */
export class EndpointLog {
  readonly #path: string
  #written = 0

  /** `folder`: the endpoint's own. */
  constructor(folder: string) {
    this.#path = join(folder, 'all.log')
  }

  /** One line for each stage of a sign-in; `at`: its end. */
  provisioning(at: Date, stages: readonly StageReport[]): void {
    for (const { name, outcome, detail, error } of stages) {
      const level = outcome === 'failed' ? 'ERROR' : 'I'
      const token = error === undefined ? '' : ` ${error.token}`
      this.#write(
        `${at.toISOString().replace('Z', '')} tandberg appl: ${level}: Provisioning: ${name}: ${outcome}${token}: ${detail}`,
      )
    }
  }

  #write(line: string): void {
    if (++this.#written > mostLines) return
    // What servers answered stands in it.
    const safe = line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
    appendFileSync(this.#path, `${safe}\n`, { mode: 0o600 })
  }
}

const mostLines = 10_000
