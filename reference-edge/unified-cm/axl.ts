import type { HostNetwork, HttpAnswer, HttpClient } from '#runtime/network.ts'
import { dialFailureWords } from '../certificates/verification-words.ts'
import { writeBasic } from '../protocol/http/basic-credentials.ts'
import type { XmlElement } from '../protocol/xml/element.ts'
import { child, descendants, textOf } from '../protocol/xml/element.ts'
import { readXml } from '../protocol/xml/read.ts'
import type { XmlText } from '../protocol/xml/write.ts'
import { AxlProblem, failureOf } from './axl-failure.ts'
import { openHttps } from './node-http.ts'

/** A publisher as the administrator entered it. */
export interface AxlServer {
  /** FQDN, or an address; with TLS verify mode On it must be in the certificate. */
  readonly address: string
  readonly username: string
  readonly password: string
  readonly tlsVerify: boolean
}

export function axlUrl({ address }: AxlServer): string {
  return `https://${address}:8443/axl/`
}

/** AXL of one publisher over one kept connection (wire facts §4). */
export class Axl implements AsyncDisposable {
  readonly server: AxlServer
  readonly url: string
  readonly #network: HostNetwork
  #client: HttpClient | undefined

  constructor(network: HostNetwork, server: AxlServer) {
    this.#network = network
    this.server = server
    this.url = axlUrl(server)
  }

  /** Sends one request, in the schema of the oldest release supported, and gives its `<return>` element. Throws `AxlProblem`. */
  async ask(operation: string, content: XmlText, schema = '9.1'): Promise<XmlElement> {
    const { url } = this
    const root = readAnswer(await this.#exchange(operation, content, schema), url)
    const fault = descendants(root, 'Fault')[0]
    if (fault !== undefined) {
      const message = textOf(child(fault, 'faultstring')) || textOf(descendants(fault, 'axlmessage')[0])
      throw new AxlProblem('fault', url, `${operation} failed: ${message.slice(0, longestMessage)}`)
    }
    const result = child(descendants(root, `${operation}Response`)[0], 'return')
    if (result === undefined) throw new AxlProblem('unreadable', url, `the answer to ${operation} has no result`)
    return result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.close()
  }

  async #exchange(operation: string, content: XmlText, schema: string): Promise<HttpAnswer> {
    const { address, username, password } = this.server
    try {
      this.#client ??= await this.#open()
      return await this.#client.send({
        method: 'POST',
        target: '/axl/',
        headers: {
          Host: `${address}:8443`,
          Authorization: writeBasic({ user: username, password }),
          'Content-Type': 'text/xml; charset=utf-8',
          SOAPAction: `"CUCM:DB ver=${schema} ${operation}"`,
        },
        body: envelope(operation, content, schema),
      })
    } catch (cause) {
      const { message, code = '' } = cause as Error & { code?: string }
      const words = dialFailureWords(cause, address)
      const reason = words === undefined ? message : `${words.says} (${message})`
      throw new AxlProblem(failureOf(code), this.url, reason, cause)
    }
  }

  async #open(): Promise<HttpClient> {
    const { address: name, tlsVerify } = this.server
    const [address] = await this.#network.resolver.addresses(name)
    return openHttps(this.#network, { name, address: address!, tlsVerify })
  }
}

/** Of a fault's text: it is shown on a page. */
const longestMessage = 300

function envelope(operation: string, content: XmlText, schema: string): string {
  const namespace = `http://www.cisco.com/AXL/API/${schema}`
  const [start, end] = [`<ns:${operation} sequence="1">`, `</ns:${operation}>`]
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="${namespace}"><soapenv:Body>${start}${String(content)}${end}</soapenv:Body></soapenv:Envelope>`
}

/** The answer as a tree, where it is one of AXL: results with 200, SOAP 1.1 faults with 500. */
function readAnswer({ status, headers, body }: HttpAnswer, url: string): XmlElement {
  const httpError = `AXL query HTTP error ''HTTPError:${status}''`
  if (status === 401) throw new AxlProblem('credentials', url, httpError)
  if (status === 403) throw new AxlProblem('role', url, httpError)
  if (status === 404 || status === 405) throw new AxlProblem('notAxl', url, httpError)
  if (status === 503) throw new AxlProblem('notActive', url, httpError)
  const isXml = String(headers['content-type']).includes('xml')
  if (status !== 200 && !(status === 500 && isXml)) throw new AxlProblem('fault', url, httpError)
  try {
    return readXml(body)
  } catch (cause) {
    throw new AxlProblem('unreadable', url, `the answer is not XML: ${(cause as Error).message}`, cause)
  }
}
