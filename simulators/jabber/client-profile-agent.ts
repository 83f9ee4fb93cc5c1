import type { ServiceAccess } from '#simulators/protocol/endpoint/service-access.ts'
import { stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { Element } from '#simulators/protocol/endpoint/xml.ts'
import { allNamed, childAt, escapeXml, findElement, parseXml, textAt } from '#simulators/protocol/endpoint/xml.ts'

/** Result of the SOAP login at IM and Presence (wire facts §8.1). */
export interface ImLogin {
  /** For SASL CISCO-VTG-TOKEN; good once. */
  readonly oneTimePassword: string
  readonly presenceDomain: string | undefined
  /** XMPP servers for this user: the home node, then its backup. */
  readonly xmppServers: readonly string[]
}

export interface ImLoginWanted {
  readonly access: ServiceAccess
  /** `host:port` of the node that serves the Client Profile Agent. */
  readonly node: string
  readonly userId: string
  readonly password: string
}

/** login, get-all-config, get-onetime-password. Problems carry the LERR_CUP_ codes of wire facts §8.4. */
export async function logInToIm(wanted: ImLoginWanted): Promise<ImLogin> {
  const { userId, password } = wanted
  const login = await call(wanted, 'login', {
    element: `<login xmlns="${namespace}" client-version="9.7.0.18000" client-type="CUPC" force="true"><username>${escapeXml(userId)}</username><password>${escapeXml(password)}</password></login>`,
  })
  const sessionKey = textAt(findElement(login, 'session-key'))
  if (sessionKey === undefined) {
    throw stageFailed('LERR_CUP_AUTH', textAt(findElement(login, 'reason')) ?? 'the login was refused')
  }
  const configuration = await call(wanted, 'get-all-config', {
    sessionKey,
    element: `<get-all-config xmlns="${namespace}"><system-config/><user-config/><federated-domains auth-policy="all"/><non-presence-aware-contacts/><contact-info/></get-all-config>`,
  })
  const token = await call(wanted, 'get-onetime-password', {
    sessionKey,
    element: `<get-onetime-password xmlns="${namespace}"/>`,
  })
  const oneTimePassword = textAt(findElement(token, 'password'))
  if (oneTimePassword === undefined) throw stageFailed('LERR_CUP_INTERNAL_ERROR', 'no one-time password came')
  const xmppServers = [1, 2].flatMap((place) => systemProperty(configuration, `XMPP.Server${place}`) ?? [])
  return { oneTimePassword, presenceDomain: systemProperty(configuration, 'Presence.Domain'), xmppServers }
}

const namespace = 'urn:cisco:epas:soap'

async function call(
  { access, node }: ImLoginWanted,
  action: string,
  { element, sessionKey }: { element: string; sessionKey?: string },
): Promise<Element> {
  const header =
    sessionKey === undefined
      ? ''
      : `<soap:Header><session-key xmlns="${namespace}">${escapeXml(sessionKey)}</session-key></soap:Header>`
  const answer = await access
    .fetch(`https://${node}/EPASSoap/service/v80`, {
      method: 'POST',
      headers: {
        'content-type': 'application/soap+xml; charset=utf-8',
        soapaction: `${namespace}/EpasSoapServiceInterface/${action}`,
      },
      body: `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope">${header}<soap:Body>${element}</soap:Body></soap:Envelope>`,
    })
    .catch((error: Error) => {
      throw stageFailed('LERR_CUP_UNREACHABLE', `<9> ${error.message}`)
    })
  return read(action, answer.status, answer.body.toString('utf8'))
}

function read(action: string, status: number, text: string): Element {
  const body = bodyOf(text)
  const fault = childAt(body, 'Fault')
  if (status === 401) throw stageFailed('LERR_CUP_AUTH', `${action} was refused`, status)
  if (fault !== undefined) {
    const says = textAt(fault, 'Reason', 'Text') ?? textAt(fault, 'faultstring') ?? 'fault'
    throw stageFailed(action === 'login' ? 'LERR_CUP_AUTH' : 'LERR_CUP_INTERNAL_ERROR', says, status)
  }
  if (status !== 200) throw stageFailed('LERR_CUP_UNREACHABLE', `<9> ${action} was answered ${status}`, status)
  const response = body?.getChildElements()[0]
  if (response === undefined)
    throw stageFailed('LERR_CUP_INTERNAL_ERROR', `${action} was answered with nothing`, status)
  return response
}

function bodyOf(text: string): Element | undefined {
  try {
    return childAt(parseXml(text), 'Body')
  } catch {
    return undefined
  }
}

function systemProperty(configuration: Element, name: string): string | undefined {
  const properties = findElement(configuration, 'get-system-config-resp') ?? configuration
  const property = allNamed(properties, 'property').find(({ attrs }) => attrs['name'] === name)
  return property?.attrs['value'] ?? textAt(property)
}
