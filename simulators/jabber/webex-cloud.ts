import { oneOfNames } from '#simulators/protocol/endpoint/certificate-rule.ts'
import type { ServerAddress } from '#simulators/protocol/endpoint/edge-configuration.ts'
import { screenTexts } from '#simulators/protocol/endpoint/screen-texts.ts'
import { stageFailed } from '#simulators/protocol/endpoint/sign-in-stages.ts'
import type { WebAnswer, WebClient } from '#simulators/protocol/endpoint/web-client.ts'
import type { Element } from '#simulators/protocol/endpoint/xml.ts'
import { findElement, parseXml, textAt } from '#simulators/protocol/endpoint/xml.ts'
import type { JabberUser } from './configuration.ts'
import { announcementOf } from './platforms.ts'

/** What a sign-in at the WebEx Messenger cloud gives. */
export interface CloudLogin {
  /** For SASL WEBEX-TOKEN. */
  readonly accessToken: string
  readonly xmppServer: ServerAddress
}

/** Its Central Authentication Service, the same for all customers. */
export const cloudHost = 'loginp.webexconnect.com'

/**
 * Whether the domain is a customer of the WebEx Messenger service (Jabber DNS Configuration Guide 9.7, Client Issues
 * HTTP Query): by HTTP, as that release asks. Errorcode 1 says no, any other yes (Cisco document 200637). Where the
 * service is not to be found, or gives no such answer, DNS decides alone.
 */
export async function isCloudCustomer(web: WebClient, user: JabberUser): Promise<boolean> {
  if (user.excludedServices.includes('WEBEX')) return false
  try {
    const answer = await web.send(
      { scheme: 'http', host: cloudHost, port: 80 },
      {
        target: `/cas/FederatedSSO?org=${encodeURIComponent(user.domain)}`,
        headers: { 'user-agent': announcementOf(user).httpUserAgent },
        timeoutMs: answerLimitMs,
      },
    )
    const code = textAt(findElement(read(answer), 'errorcode'))
    return code !== undefined && code !== '1'
  } catch {
    return false
  }
}

/** The form of the WebEx Connect sign-in; the XMPP server in the answer is our reading. */
export async function logInToCloud(web: WebClient, user: JabberUser, password: string): Promise<CloudLogin> {
  const form = { cmd: 'getwebextoken', username: `${user.id}@${user.domain}`, password, isp: 'wbx' }
  const answer = await web
    .send(
      { scheme: 'https', host: cloudHost, port: 443, nameCheck: oneOfNames([cloudHost]) },
      {
        method: 'POST',
        target: '/cas/auth.do',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'user-agent': announcementOf(user).httpUserAgent,
        },
        body: new URLSearchParams(form).toString(),
        timeoutMs: answerLimitMs,
      },
    )
    .catch((error: Error) => {
      throw stageFailed('WEBEX_UNREACHABLE', `${screenTexts.noConnection} (${error.message})`)
    })
  const root = read(answer)
  if (textAt(findElement(root, 'result')) !== 'SUCCESS')
    throw stageFailed('WEBEX_SIGN_IN_FAILED', screenTexts.wrongCredentials)
  const accessToken = textAt(findElement(root, 'token'))
  const xmppServer = serverOf(textAt(findElement(root, 'xmppserver')))
  if (accessToken === undefined || xmppServer === undefined)
    throw stageFailed('WEBEX_SIGN_IN_FAILED', 'the answer names no token or no XMPP server')
  return { accessToken, xmppServer }
}

const answerLimitMs = 5_000

/** Undefined where it is no document, or no success. */
function read({ status, body }: WebAnswer): Element | undefined {
  try {
    return status === 200 ? parseXml(body.toString('utf8')) : undefined
  } catch {
    return undefined
  }
}

function serverOf(text = ''): ServerAddress | undefined {
  const [, host, port] = /^([\w.-]+):(\d{1,5})$/.exec(text) ?? []
  return host === undefined ? undefined : { host, port: Number(port) }
}
