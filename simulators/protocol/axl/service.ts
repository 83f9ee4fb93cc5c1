import type { WallClock } from '#runtime/clock.ts'
import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import { Xml, xml } from '../xml/template.ts'
import type { AxlRefusal } from './answers.ts'
import { answerOf, faultOf, htmlError, unreadableRequest } from './answers.ts'
import { basicCredentials } from './basic-credentials.ts'
import type { AxlRequest } from './request.ts'
import { readAxlRequest } from './request.ts'
import { incorrectVersion, schemasAskedFor, schemasOf } from './schema-versions.ts'
import type { Database } from './sql.ts'
import { databaseText, select } from './sql.ts'

/** An operation gives what stands inside `<return>`, or its refusal. */
export type AxlOperation = (request: AxlRequest) => Xml | AxlRefusal

export interface AxlSurroundings {
  /** Of the product, for example `9.1`: decides which schemas are spoken. */
  readonly release: () => string
  /** Whether the Cisco AXL Web Service is activated. */
  readonly isActive: () => boolean
  /** Of the 401's challenge. */
  readonly realm: string
  /** Whom these credentials are of; undefined for nobody. Refused with 403 without the role. */
  readonly authenticate: (credentials: { user: string; password: string }) => { mayUseAxl: boolean } | undefined
  /** By element name; executeSQLQuery is added from `database`. */
  readonly operations: Readonly<Record<string, AxlOperation>>
  /** What executeSQLQuery sees; a refusal instead where the query fails for another reason. */
  readonly database: (sql: string) => Database | AxlRefusal
  /** Bytes of answers in a minute above which requests are throttled. */
  readonly memoryBytes: () => number
  readonly wall: WallClock
}

/** The role an AXL user needs. */
export const axlRole = 'Standard AXL API Access'

/** Administrative XML over SOAP 1.1 (wire facts §4), as both Unified CM and IM and Presence serve it at /axl/. */
export class AxlService {
  readonly #surroundings: AxlSurroundings
  #answered: { minute: number; bytes: number } = { minute: 0, bytes: 0 }

  constructor(surroundings: AxlSurroundings) {
    this.#surroundings = surroundings
  }

  answer(request: HttpRequest): HttpResponse {
    const refusal = this.#unavailable() ?? this.#unauthorized(request)
    if (refusal !== undefined) return refusal
    if (request.method !== 'POST') {
      const { headers, ...page } = htmlError(405, 'HTTP method is not supported by this URL')
      return { ...page, headers: { ...headers, Allow: 'POST' } }
    }
    const asked = readAxlRequest(request.body.toString('utf8'))
    if (!asked.ok) return faultOf({ axlCode: unreadableRequest, says: asked.problem }, '')
    if (!this.#speaks(request, asked.request)) {
      return htmlError(599, incorrectVersion(schemasOf(this.#surroundings.release())))
    }
    return this.#counted(this.#perform(asked.request))
  }

  #unavailable(): HttpResponse | undefined {
    const { isActive, memoryBytes } = this.#surroundings
    if (!isActive()) return htmlError(503, 'Cisco AXL Web Service is not available')
    const isThrottled = this.#bytesThisMinute() > memoryBytes()
    return isThrottled
      ? htmlError(503, 'Maximum AXL Memory Allocation Consumed. Please retry once requests in progress have completed')
      : undefined
  }

  #unauthorized(request: HttpRequest): HttpResponse | undefined {
    const credentials = basicCredentials(request)
    const known = credentials === undefined ? undefined : this.#surroundings.authenticate(credentials)
    if (known === undefined) {
      const { headers, ...page } = htmlError(401, 'This request requires HTTP authentication')
      return { ...page, headers: { ...headers, 'WWW-Authenticate': `Basic realm="${this.#surroundings.realm}"` } }
    }
    return known.mayUseAxl ? undefined : htmlError(403, 'Access to the requested resource has been denied')
  }

  /** getCCMVersion is taken in the schema 1.0 too: it is how a client learns which others there are. */
  #speaks(request: HttpRequest, { name, namespace }: AxlRequest): boolean {
    const supported = new Set(schemasOf(this.#surroundings.release()))
    if (name === 'getCCMVersion') supported.add('1.0')
    return schemasAskedFor(request, namespace).every((version) => supported.has(version))
  }

  #perform(request: AxlRequest): HttpResponse {
    const { operations } = this.#surroundings
    const operation = Object.hasOwn(operations, request.name) ? operations[request.name] : undefined
    const result =
      request.name === 'executeSQLQuery'
        ? this.#query(request.fields['sql'] ?? '')
        : (operation?.(request) ?? { axlCode: unreadableRequest, says: `Unknown request ${request.name}` })
    return 'axlCode' in result ? faultOf(result, request.name) : answerOf(request, result)
  }

  #query(sql: string): Xml | AxlRefusal {
    const database = this.#surroundings.database(sql)
    if (isRefusal(database)) return database
    const answer = select(sql, database)
    if (!answer.ok) return { axlCode: answer.refusal.code, says: answer.refusal.says }
    return xml`${answer.rows.map(
      (row) =>
        xml`<row>${Object.entries(row).map(([column, value]) => columnElement(column, databaseText(value)))}</row>`,
    )}`
  }

  #counted(response: HttpResponse): HttpResponse {
    this.#answered = {
      minute: this.#minute(),
      bytes: this.#bytesThisMinute() + Buffer.byteLength((response.body ?? '') as string),
    }
    return response
  }

  #bytesThisMinute(): number {
    return this.#answered.minute === this.#minute() ? this.#answered.bytes : 0
  }

  #minute(): number {
    return Math.floor(this.#surroundings.wall.now().getTime() / 60_000)
  }
}

function isRefusal(value: Database | AxlRefusal): value is AxlRefusal {
  return typeof value['axlCode'] === 'number'
}

function columnElement(column: string, value: string): Xml {
  // The name of a column of ours: it needs no escaping.
  const tag = new Xml(column)
  return xml`<${tag}>${value}</${tag}>`
}
