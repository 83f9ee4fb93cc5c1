import { createHash, timingSafeEqual } from 'node:crypto'
import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import type { Xml } from '#simulators/protocol/xml/template.ts'
import { xml, xmlDocument } from '#simulators/protocol/xml/template.ts'
import type { Organization } from './organization.ts'

/** A question whether a domain is a customer. */
export interface LookupRecord {
  readonly scheme: 'http' | 'https'
  readonly domain: string
  readonly isCustomer: boolean
  readonly source: string
}

/**
 * The Central Authentication Service at loginp.webexconnect.com.
 *
 * `GET /cas/FederatedSSO?org=<domain>`: an errorcode of 7 means a customer without single sign-on, 1 with the reason
 * "SSO protocol error." no customer (Cisco document 200637). By HTTP as Jabber 9.7 asks (Jabber DNS Configuration Guide
 * 9.7), and by HTTPS as later releases do (Jabber 12 planning guide).
 *
 * `POST /cas/auth.do`, by HTTPS only, with the form fields cmd=getwebextoken, username, password, isp=wbx: result,
 * token and serviceurl, as clients of the WebEx Connect REST API use it. That the token is the one of SASL WEBEX-TOKEN
 * and that the answer names the XMPP server is our reading, as are the elements around those named.
 */
export class WebService {
  readonly lookups: LookupRecord[] = []
  readonly #organization: Organization
  /** `host:port` that clients of this organization use. */
  readonly #xmppServer: string
  readonly #serviceUrl: string

  constructor(organization: Organization, { host, xmppPort }: { host: string; xmppPort: number }) {
    this.#organization = organization
    this.#xmppServer = `${host}:${xmppPort}`
    this.#serviceUrl = `${host}/wbxconnect`
  }

  answer(request: HttpRequest, scheme: 'http' | 'https'): HttpResponse {
    const [path = '', query = ''] = request.target.split('?')
    if (path === '/cas/FederatedSSO' && request.method === 'GET') {
      return this.#lookUp(new URLSearchParams(query).get('org') ?? '', scheme, request.remote.address)
    }
    if (path === '/cas/auth.do' && request.method === 'POST' && scheme === 'https') {
      return this.#signIn(new URLSearchParams(request.body.toString('utf8')))
    }
    return { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'Not Found\n' }
  }

  #lookUp(domain: string, scheme: LookupRecord['scheme'], source: string): HttpResponse {
    const isCustomer = domain.toLowerCase() === this.#organization.domain
    this.lookups.push({ scheme, domain: domain.slice(0, 253), isCustomer, source })
    if (this.lookups.length > mostRecords) this.lookups.shift()
    const [code, reason] = isCustomer ? [7, 'Single sign-on is not enabled.'] : [1, 'SSO protocol error.']
    return document(xml`<response><errorcode>${code}</errorcode><reason>${reason}</reason></response>`)
  }

  #signIn(form: URLSearchParams): HttpResponse {
    const account = this.#organization.account(form.get('username') ?? '')
    const isGood =
      form.get('cmd') === 'getwebextoken' &&
      account !== undefined &&
      isSame(account.password, form.get('password') ?? '')
    if (!isGood) return document(xml`<wbxapi><response><result>FAILURE</result></response></wbxapi>`)
    const token = this.#organization.tokens.issue(account.userId)
    return document(
      xml`<wbxapi><response><result>SUCCESS</result></response><return><token>${token}</token><serviceurl>${this.#serviceUrl}</serviceurl><xmppserver>${this.#xmppServer}</xmppserver></return></wbxapi>`,
    )
  }
}

function document(content: Xml): HttpResponse {
  return { status: 200, headers: { 'Content-Type': 'text/xml;charset=UTF-8' }, body: xmlDocument(content) }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(left!, right!)
}

const mostRecords = 2_000
