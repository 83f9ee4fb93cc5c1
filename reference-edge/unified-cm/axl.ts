import type { HostNetwork, HttpAnswer } from '#runtime/network.ts'
import { writeBasic } from '../protocol/http/basic-credentials.ts'
import type { XmlElement } from '../protocol/xml/element.ts'
import { child, descendants, textOf } from '../protocol/xml/element.ts'
import { readXml } from '../protocol/xml/read.ts'
import type { XmlText } from '../protocol/xml/write.ts'
import { askOverHttps } from './node-http.ts'

/** A publisher as the administrator entered it. */
export interface AxlServer {
  /** FQDN, or an address; with TLS verify mode On it must be in the certificate. */
  readonly address: string
  readonly username: string
  readonly password: string
  readonly tlsVerify: boolean
}

/** Why a request to AXL failed: each cause has its own text and its own remedy. */
export const AxlFailure = {
  nameNotResolved: 'Check the address and the DNS servers of this VCS',
  unreachable: 'Check that the server runs and that no firewall blocks port 8443',
  certificate:
    "Load the CA of the server's tomcat certificate into the trusted CA list, or check the name in the certificate, or switch TLS verify mode off",
  credentials: 'Check the user name and password of the AXL application user',
  role: 'Give the user the role Standard AXL API Access',
  notActive: 'Activate the Cisco AXL Web Service in Cisco Unified Serviceability',
  notAxl: 'Check that the address is that of a publisher of Unified CM or IM and Presence',
  fault: "See the server's AXL log for the request that failed",
  unreadable: 'Check that the address is that of a publisher of Unified CM or IM and Presence',
} as const
export type AxlFailure = keyof typeof AxlFailure

export class AxlProblem extends Error {
  readonly code = 'MRA_AXL'
  readonly failure: AxlFailure
  readonly url: string
  /** What the administrator can do. */
  readonly remedy: string

  constructor(failure: AxlFailure, url: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.failure = failure
    this.url = url
    this.remedy = AxlFailure[failure]
  }
}

/** Sends one AXL request and gives its `<return>` element. Throws `AxlProblem`. */
export async function askAxl(
  network: HostNetwork,
  server: AxlServer,
  operation: string,
  content: XmlText,
): Promise<XmlElement> {
  const url = `https://${server.address}:8443/axl/`
  const answer = await exchange(network, server, { url, operation, body: envelope(operation, content) })
  const root = readAnswer(answer, url)
  const fault = descendants(root, 'Fault')[0]
  if (fault !== undefined) {
    const message = textOf(child(fault, 'faultstring')) || textOf(descendants(fault, 'axlmessage')[0])
    throw new AxlProblem('fault', url, `${operation} failed: ${message}`)
  }
  const result = child(descendants(root, `${operation}Response`)[0], 'return')
  if (result === undefined) throw new AxlProblem('unreadable', url, `the answer to ${operation} has no result`)
  return result
}

const schema = 'http://www.cisco.com/AXL/API/9.1'

function envelope(operation: string, content: XmlText): string {
  const [start, end] = [`<ns:${operation} sequence="1">`, `</ns:${operation}>`]
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="${schema}"><soapenv:Body>${start}${String(content)}${end}</soapenv:Body></soapenv:Envelope>`
}

async function exchange(
  network: HostNetwork,
  server: AxlServer,
  { url, operation, body }: { url: string; operation: string; body: string },
): Promise<HttpAnswer> {
  try {
    const [address] = await network.resolver.addresses(server.address)
    const peer = { name: server.address, address: address!, tlsVerify: server.tlsVerify }
    return await askOverHttps(network, peer, {
      method: 'POST',
      target: '/axl/',
      headers: {
        Authorization: writeBasic({ user: server.username, password: server.password }),
        'Content-Type': 'text/xml; charset=utf-8',
        SOAPAction: `"CUCM:DB ver=9.1 ${operation}"`,
      },
      body,
    })
  } catch (cause) {
    const { message, code = '' } = cause as Error & { code?: string }
    throw new AxlProblem(failureOf(code), url, message, cause)
  }
}

function failureOf(code: string): AxlFailure {
  if (code === 'MRA_NAME_NOT_RESOLVED') return 'nameNotResolved'
  const isCertificate = code.startsWith('ERR_TLS') || /CERT|SIGNATURE|ISSUER|CRL/.test(code)
  return isCertificate ? 'certificate' : 'unreachable'
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
