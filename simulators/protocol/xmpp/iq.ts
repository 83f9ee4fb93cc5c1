import type { Element } from '#simulators/protocol/xml/element.ts'
import { parseDocument, xml } from '#simulators/protocol/xml/element.ts'
import type { Account, ClientSession } from './client-session.ts'
import { errorOf, ns, resultOf } from './stanzas.ts'

/** Users and private storage (XEP-0049) of the server that answers. */
export interface IqServer {
  readonly domain: string
  /** As service discovery names it. */
  readonly product: string
  readonly users: readonly Account[]
  user(userId: string): Account | undefined
  /** False where there is no room. */
  storePrivate(session: ClientSession, key: string, text: string): boolean
  storedPrivate(session: ClientSession, key: string): string | undefined
}

/** Answers an iq to the server itself or to a user's bare JID (`userId`, empty for the server or the sender's own). */
export function answerServerIq(server: IqServer, session: ClientSession, iq: Element, userId: string): Element {
  const [payload, ...more] = iq.getChildElements()
  if (payload === undefined || more.length > 0 || iq.attrs['id'] === undefined) return errorOf(iq, 'bad-request')
  const answer = answers[`${iq.attrs['type']} ${payload.getNS()}`]
  const isOwn = userId === '' || userId === session.userId?.toLowerCase()
  const answered = answer?.({ server, session, iq, payload, userId, isOwn })
  return answered ?? errorOf(iq, 'service-unavailable')
}

interface Asked {
  readonly server: IqServer
  readonly session: ClientSession
  readonly iq: Element
  readonly payload: Element
  readonly userId: string
  readonly isOwn: boolean
}

const answers: Readonly<Record<string, (asked: Asked) => Element | undefined>> = {
  [`set ${ns.session}`]: ({ iq }) => resultOf(iq),
  [`get ${ns.ping}`]: ({ iq }) => resultOf(iq),
  [`get ${ns.roster}`]: (asked) => (asked.isOwn ? roster(asked) : undefined),
  // Contacts come from the configuration.
  [`set ${ns.roster}`]: ({ iq }) => errorOf(iq, 'not-allowed'),
  [`get ${ns.discoInfo}`]: (asked) => (asked.userId === '' ? serverInfo(asked) : undefined),
  [`get ${ns.discoItems}`]: ({ iq, userId }) =>
    userId === '' ? resultOf(iq, xml('query', { xmlns: ns.discoItems })) : undefined,
  [`get ${ns.vcard}`]: ({ server, iq, userId, isOwn }) =>
    isOwn || server.user(userId) !== undefined ? resultOf(iq, xml('vCard', { xmlns: ns.vcard })) : undefined,
  [`get ${ns.private}`]: (asked) => (asked.isOwn ? privateGet(asked) : undefined),
  [`set ${ns.private}`]: (asked) => (asked.isOwn ? privateSet(asked) : undefined),
}

function roster({ server, session, iq }: Asked): Element {
  const contacts = server.users.filter(({ userId }) => userId !== session.userId)
  const items = contacts.map(({ userId, displayName }) =>
    xml(
      'item',
      { jid: `${userId}@${server.domain}`, name: displayName ?? userId, subscription: 'both' },
      xml('group', {}, 'Colleagues'),
    ),
  )
  return resultOf(iq, xml('query', { xmlns: ns.roster }, ...items))
}

function serverInfo({ server, iq }: Asked): Element {
  const features = [ns.discoInfo, ns.discoItems, ns.ping, ns.roster, ns.private, ns.vcard]
  return resultOf(
    iq,
    xml(
      'query',
      { xmlns: ns.discoInfo },
      xml('identity', { category: 'server', type: 'im', name: server.product }),
      ...features.map((name) => xml('feature', { var: name })),
    ),
  )
}

/** XEP-0049: what was stored comes back, or the element empty. */
function privateGet({ server, session, iq, payload }: Asked): Element {
  const [wanted, ...more] = payload.getChildElements()
  if (wanted === undefined || more.length > 0) return errorOf(iq, 'bad-request')
  const stored = server.storedPrivate(session, storageKey(wanted))
  const content = stored === undefined ? undefined : parseDocument(stored)
  const { xmlns } = wanted.attrs
  return resultOf(iq, xml('query', { xmlns: ns.private }, content ?? xml(wanted.name, { xmlns })))
}

function privateSet({ server, session, iq, payload }: Asked): Element {
  const stored = payload.getChildElements()
  if (stored.length === 0) return errorOf(iq, 'bad-request')
  const isStored = stored.every((element) => server.storePrivate(session, storageKey(element), element.toString()))
  return isStored ? resultOf(iq) : errorOf(iq, 'resource-constraint')
}

function storageKey(element: Element): string {
  return `${element.getName()} ${element.getNS() ?? ''}`
}
