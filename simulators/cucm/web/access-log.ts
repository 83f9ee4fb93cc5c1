import type { WallClock } from '#runtime/clock.ts'
import type { HttpHandler, HttpRequest } from '#runtime/network.ts'
import { basicCredentials } from '#simulators/protocol/axl/basic-credentials.ts'

/** One request as the web server saw it. */
export interface AccessRecord {
  readonly at: string
  readonly service: 'uds' | 'axl' | 'files' | 'ccmadmin' | 'tomcat'
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly status: number
  readonly source: string
  /** The user of the Basic credentials it carried, never the password. */
  readonly user?: string
  /** Whether a password was checked for it, and how that went. */
  readonly authentication?: 'passed' | 'failed'
}

const maxRecords = 2_000

/** The last 2000 requests: scenarios see here who asked Unified CM for what. */
export class AccessLog {
  readonly #clock: WallClock
  readonly #records: AccessRecord[] = []

  constructor(clock: WallClock) {
    this.#clock = clock
  }

  get all(): readonly AccessRecord[] {
    return this.#records
  }

  /** Notes every request of a handler with its outcome. */
  watch(handler: HttpHandler, serviceOf: (path: string) => AccessRecord['service']): HttpHandler {
    return async (request) => {
      const response = await handler(request)
      this.#append(request, response.status, serviceOf(request.target))
      return response
    }
  }

  #append(request: HttpRequest, status: number, service: AccessRecord['service']): void {
    const user = basicCredentials(request)?.user
    const isChecked = service === 'axl' || service === 'ccmadmin' || request.target.startsWith('/cucm-uds/user/')
    const outcome = !isChecked ? {} : { authentication: status === 401 ? ('failed' as const) : ('passed' as const) }
    this.#records.push({
      at: this.#clock.now().toISOString(),
      service,
      method: request.method,
      target: request.target,
      status,
      source: `${request.remote.address}:${request.remote.port}`,
      ...(user === undefined ? {} : { user, ...outcome }),
    })
    if (this.#records.length > maxRecords) this.#records.shift()
  }
}
