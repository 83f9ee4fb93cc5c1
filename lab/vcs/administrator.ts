import { Agent } from 'undici'
import type { PageValues, VcsCertificates, VcsDocument } from './vcs-document.ts'

/** One call of the API as it was made. */
export interface ApiCall {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

/** What a page is called in the API, as the VCS itself tells. */
interface ApiPage {
  readonly path: string
  readonly url: string
  readonly kind: 'form' | 'table' | 'tool'
  /** Label of the field that names a row. */
  readonly key?: string
  readonly fields?: ReadonlyArray<{ readonly label: string; readonly input: string }>
  /** Buttons. */
  readonly actions: ReadonlyArray<{ readonly name: string; readonly label: string }>
}

export interface AdministratorOptions {
  /** Address of the VCS. */
  readonly address: string
  readonly username: string
  readonly password: string
  /** Address the calls leave from. */
  readonly from: string
  /** Told of each call that changes something. */
  readonly onCall?: (call: ApiCall) => void
}

/** The API said no: every problem with page, field, what is wrong and what to do. */
export class ApiRefusal extends Error {
  readonly code = 'MRA_API_REFUSED'
  readonly status: number
  readonly problems: ReadonlyArray<{ page: string; field: string; says: string; action: string }>

  constructor(call: ApiCall, status: number, problems: ApiRefusal['problems']) {
    const lines = problems.map(({ page, field, says, action }) => `${page}, ${field}: ${says}. ${action}`)
    super(`${call.method} ${call.path}: ${status} ${lines.join('; ')}`)
    this.status = status
    this.problems = problems
  }
}

/** An administrator of one VCS, who works through its API on 443. */
export class Administrator implements AsyncDisposable {
  readonly #options: AdministratorOptions
  readonly #agent: Agent
  #pages: Promise<readonly ApiPage[]> | undefined

  constructor(options: AdministratorOptions) {
    this.#options = options
    // A new system has its factory certificate, which nobody trusts.
    this.#agent = new Agent({
      localAddress: options.from,
      connect: { rejectUnauthorized: false, timeout: 5_000 },
      keepAliveTimeout: 1_000,
    })
  }

  /** One call; throws `ApiRefusal` for any answer but a 2xx. */
  async call<Answer = Record<string, unknown>>(call: ApiCall): Promise<Answer> {
    const text = (await this.#send(call)).toString()
    return (text === '' ? {} : parsed(text)) as Answer
  }

  /** A button that gives a file: its bytes. */
  download(path: string): Promise<Buffer> {
    return this.#send({ method: 'POST', path, body: {} })
  }

  /** Makes what is configured from `before` into `after`: forms, new, changed and deleted rows, in the order of `after`. */
  async apply(before: VcsDocument, after: VcsDocument): Promise<void> {
    for (const [path, values] of Object.entries(after)) {
      const page = await this.page(path)
      if (Array.isArray(values)) await this.#applyRows(page, (before[path] ?? []) as readonly PageValues[], values)
      else await this.#applyForm(page, (before[path] ?? {}) as PageValues, values as PageValues)
    }
    for (const [path, rows] of Object.entries(before)) {
      if (path in after || !Array.isArray(rows)) continue
      await this.#applyRows(await this.page(path), rows, [])
    }
  }

  /** Loads the server certificate with its key, and the CAs that are trusted. */
  async loadCertificates({ identity, trust }: VcsCertificates): Promise<void> {
    const server = (await this.page('Maintenance > Security certificates > Server certificate')).url
    const roots = (await this.page('Maintenance > Security certificates > Trusted CA certificate')).url
    const body = { 'Server certificate': identity.cert, 'Server private key': identity.key }
    await this.call({ method: 'POST', path: `${server}/actions/upload`, body })
    if (trust.length === 0) return
    await this.call({ method: 'POST', path: `${roots}/actions/append`, body: { 'CA certificates': trust.join('\n') } })
  }

  /** Maintenance > Restart options; the answer comes before the restart. */
  async restart(): Promise<void> {
    const { url } = await this.page('Maintenance > Restart options')
    await this.call({ method: 'POST', path: `${url}/actions/restart`, body: {} })
  }

  /** A page by its menu path, or by the end of it. */
  async page(path: string): Promise<ApiPage> {
    this.#pages ??= this.call<{ pages: ApiPage[] }>({ method: 'GET', path: '/api/provisioning' }).then(
      ({ pages }) => pages,
    )
    const page = (await this.#pages).find((candidate) => ` > ${candidate.path}`.endsWith(` > ${path}`))
    if (page === undefined) throw new Error(`this VCS has no page "${path}"`)
    return page
  }

  async close(): Promise<void> {
    await this.#agent.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #send(call: ApiCall): Promise<Buffer> {
    const { address, username, password, onCall } = this.#options
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    const { statusCode, body } = await this.#agent.request({
      origin: `https://${address}`,
      path: call.path,
      method: call.method,
      headers: { authorization, ...(call.body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    })
    const bytes = Buffer.from(await body.arrayBuffer())
    if (statusCode < 200 || statusCode > 299) throw new ApiRefusal(call, statusCode, problemsOf(bytes.toString()))
    if (call.method !== 'GET') onCall?.(call)
    return bytes
  }

  async #applyForm(page: ApiPage, before: PageValues, after: PageValues): Promise<void> {
    const body = changed(before, after)
    if (Object.keys(body).length > 0) await this.call({ method: 'PUT', path: page.url, body })
  }

  async #applyRows(page: ApiPage, before: readonly PageValues[], after: readonly PageValues[]): Promise<void> {
    const nameOf = (row: PageValues) => String(row[page.key!] ?? '')
    const urlOf = (row: PageValues) => `${page.url}/${encodeURIComponent(nameOf(row))}`
    const gone = before.filter((row) => !after.some((other) => nameOf(other) === nameOf(row)))
    for (const row of gone) await this.call({ method: 'DELETE', path: urlOf(row) })
    try {
      await this.#enterRows(page, before, after)
    } catch (refusal) {
      // Whoever is refused the new rows keeps the old ones.
      for (const row of gone) await this.call({ method: 'POST', path: page.url, body: row })
      throw refusal
    }
  }

  async #enterRows(page: ApiPage, before: readonly PageValues[], after: readonly PageValues[]): Promise<void> {
    const nameOf = (row: PageValues) => String(row[page.key!] ?? '')
    const urlOf = (row: PageValues) => `${page.url}/${encodeURIComponent(nameOf(row))}`
    for (const row of after) {
      const known = before.find((other) => nameOf(other) === nameOf(row))
      if (known === undefined) await this.call({ method: 'POST', path: page.url, body: row })
      else {
        const body = changed(known, row)
        if (Object.keys(body).length > 0) await this.call({ method: 'PUT', path: urlOf(row), body })
      }
    }
  }
}

function changed(before: PageValues, after: PageValues): PageValues {
  return Object.fromEntries(Object.entries(after).filter(([label, value]) => before[label] !== value))
}

function problemsOf(text: string): ApiRefusal['problems'] {
  const answer = parsed(text) as { problems?: ApiRefusal['problems'] }
  return answer.problems ?? []
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
