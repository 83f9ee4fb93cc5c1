import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import type { Cluster } from '../cluster.ts'
import { ports } from '../ports.ts'
import { basicCredentials } from './access-log.ts'
import type { AxlRequest } from './axl-request.ts'
import { readAxlRequest } from './axl-request.ts'
import { isSamePassword, tomcatError, unauthorized } from './tomcat.ts'
import { Xml, xml } from './xml.ts'

/** Administrative XML (wire facts §4): the few requests a VCS Control makes. */
export class Axl {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    const { configuration } = this.#cluster
    if (!configuration.services.axl) return tomcatError(503, 'Cisco AXL Web Service is not available')
    if (request.method !== 'POST') return tomcatError(405, 'HTTP method is not supported by this URL')
    const refusal = this.#authorize(request)
    if (refusal !== undefined) return refusal
    const asked = readAxlRequest(request.body.toString('utf8'))
    if (!asked.ok) return fault({ code: 'Client', text: asked.problem, axlCode: 5000, request: '' })
    const operation = Object.hasOwn(this.#operations, asked.request.name)
      ? this.#operations[asked.request.name]
      : undefined
    if (operation === undefined) {
      return fault({
        code: 'Client',
        text: `Unknown request ${asked.request.name}`,
        axlCode: 5000,
        request: asked.request.name,
      })
    }
    const result = operation(asked.request)
    return result instanceof Xml ? envelope(200, responseOf(asked.request, result)) : result
  }

  /** Application users and end users may both ask, with the role Standard AXL API Access. */
  #authorize(request: HttpRequest): HttpResponse | undefined {
    const credentials = basicCredentials(request)
    const { applicationUsers, users } = this.#cluster.configuration
    const known = [...applicationUsers, ...users].find((user) => user.id === credentials?.user)
    if (known === undefined || !isSamePassword(known.password, credentials!.password)) {
      return unauthorized('Cisco Unified Communications Manager')
    }
    return known.roles.includes('Standard AXL API Access')
      ? undefined
      : tomcatError(403, 'Access to the requested resource has been denied')
  }

  readonly #operations: Readonly<Record<string, (request: AxlRequest) => Xml | HttpResponse>> = {
    getCCMVersion: () =>
      xml`<componentVersion><version>${this.#cluster.configuration.version}</version></componentVersion>`,
    listProcessNode: (request) =>
      xml`${this.#nodes()
        .filter(({ name }) => isLike(name, request.fields['name'] ?? '%'))
        .map(
          ({ name, role }) =>
            xml`<processNode uuid="${this.#uuid('node', name)}"><name>${name}</name>${role === undefined ? undefined : xml`<processNodeRole>${role}</processNodeRole>`}</processNode>`,
        )}`,
    listProcessNodeService: () =>
      xml`${this.#nodes()
        .filter(({ role }) => role !== undefined)
        .flatMap(({ name }) => this.#services(name))}`,
    listCallManager: (request) =>
      xml`${this.#callManagers()
        .filter((name) => isLike(`CM_${name}`, request.fields['name'] ?? '%'))
        .map((name) => this.#callManager(name))}`,
    getCallManager: (request) => {
      const found = this.#callManagers().find((name) => `CM_${name}` === request.fields['name'])
      const missing = `Item not valid: The specified CallManager was not found`
      return found === undefined
        ? fault({ code: 'Client', text: missing, axlCode: 5007, request: 'getCallManager' })
        : this.#callManager(found)
    },
    executeSQLQuery: (request) => this.#query(request.fields['sql'] ?? ''),
  }

  /** Every cluster has the pseudo node EnterpriseWideData beside its servers. */
  #nodes(): { name: string; role?: string }[] {
    return [{ name: 'EnterpriseWideData' }, ...this.#callManagers().map((name) => ({ name, role: 'CUCM Voice/Video' }))]
  }

  #callManagers(): string[] {
    const { processNodeName, nodeName, furtherNodes } = this.#cluster.configuration
    return [processNodeName ?? nodeName, ...furtherNodes.map((node) => node.name)]
  }

  #callManager(name: string): Xml {
    return xml`<callManager uuid="${this.#uuid('callManager', name)}"><name>CM_${name}</name><processNodeName>${name}</processNodeName><ports><ethernetPhonePort>2000</ethernetPhonePort><sipPorts><sipPhonePort>${ports.sip}</sipPhonePort><sipPhoneSecurePort>${ports.sips}</sipPhoneSecurePort></sipPorts></ports></callManager>`
  }

  #services(node: string): Xml[] {
    const { callManager, tftp, axl } = this.#cluster.configuration.services
    const states = { 'Cisco CallManager': callManager, 'Cisco Tftp': tftp, 'Cisco AXL Web Service': axl }
    return Object.entries(states).map(
      ([name, isActive]) =>
        xml`<processNodeService uuid="${this.#uuid('service', `${node}/${name}`)}"><processNodeName>${node}</processNodeName><service>${name}</service><enable>${isActive}</enable></processNodeService>`,
    )
  }

  /** The queries of wire facts §4.2 by their tables; any other one is refused, not guessed. */
  #query(sql: string): Xml | HttpResponse {
    const text = sql.replace(/\s+/g, ' ').trim().toLowerCase()
    const { clusterSecurityMode, devices } = this.#cluster.configuration
    if (/^select paramvalue from processconfig where paramname ?= ?'clustersecuritymode'$/.test(text)) {
      return xml`<row><paramvalue>${clusterSecurityMode === 'mixed' ? 1 : 0}</paramvalue></row>`
    }
    if (/^select name from securityprofile where tkdeviceprotocol ?= ?11 and tkdevicesecuritymode ?= ?3$/.test(text)) {
      const encrypted = devices.filter((device) => device.securityMode === 'encrypted')
      const profiles = new Set(encrypted.flatMap((device) => device.securityProfile ?? []))
      return xml`${[...profiles].map((profile) => xml`<row><name>${profile}</name></row>`)}`
    }
    return fault({ code: 'Client', text: 'A syntax error has occurred.', axlCode: -201, request: 'executeSQLQuery' })
  }

  #uuid(kind: string, name: string): string {
    return `{${this.#cluster.pkid(kind, name).toUpperCase()}}`
  }
}

function responseOf({ name, namespace, sequence }: AxlRequest, result: Xml): Xml {
  const attributes = sequence === undefined ? undefined : xml` sequence="${sequence}"`
  // `name` is one of the operations above, so it needs no escaping as an element name.
  const tag = new Xml(`ns:${name}Response`)
  return xml`<${tag} xmlns:ns="${namespace}"${attributes}><return>${result}</return></${tag}>`
}

/** Wire facts §4.4: SOAP 1.1 faults are answered with status 500. */
function fault(what: { code: string; text: string; axlCode: number; request: string }): HttpResponse {
  return envelope(
    500,
    xml`<soapenv:Fault><faultcode>soapenv:${what.code}</faultcode><faultstring>${what.text}</faultstring><detail><ns:axlError xmlns:ns="http://www.cisco.com/AXL/API/9.1"><axlcode>${what.axlCode}</axlcode><axlmessage>${what.text}</axlmessage><request>${what.request}</request></ns:axlError></detail></soapenv:Fault>`,
  )
}

function envelope(status: number, content: Xml): HttpResponse {
  const document = xml`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${document.text}`
  return { status, headers: { 'Content-Type': 'text/xml;charset=UTF-8' }, body }
}

/** SQL's LIKE with % only, as AXL's search criteria use it. */
function isLike(text: string, pattern: string): boolean {
  const [first, ...rest] = pattern.toLowerCase().split('%')
  const lower = text.toLowerCase()
  if (rest.length === 0) return lower === first
  if (!lower.startsWith(first!)) return false
  let at = first!.length
  for (const part of rest.slice(0, -1)) {
    const found = lower.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  const last = rest.at(-1)!
  return lower.length - at >= last.length && lower.endsWith(last)
}
