import type { HttpRequest, HttpResponse } from '#runtime/network.ts'
import { parseDocument } from '#simulators/protocol/xml/element.ts'
import type { Mailbox } from './mailbox.ts'
import { messageDocument, messageList, versionDocument } from './message-documents.ts'

export interface RestAnswer {
  readonly response: HttpResponse
  /** Whose Basic credentials came with the request, good or not. */
  readonly alias: string | undefined
}

/** The REST interface CUMI for one request: Basic, then the path below `/vmrest`. */
export function answerRest(mailboxes: ReadonlyMap<string, Mailbox>, release: string, request: HttpRequest): RestAnswer {
  const [path = '', search = ''] = request.target.split('?', 2)
  const credentials = basicCredentials(request.headers['authorization'])
  const mailbox = mailboxes.get(credentials?.user.toLowerCase() ?? '')
  const answer = (response: HttpResponse) => ({ response, alias: credentials?.user })
  if (!path.startsWith('/vmrest/')) return answer(notFound())
  if (mailbox === undefined || !mailbox.opensWith(credentials?.password ?? '')) return answer(unauthorized())
  return answer(respond(mailbox, release, request, path.slice('/vmrest'.length), new URLSearchParams(search)))
}

function respond(
  mailbox: Mailbox,
  release: string,
  request: HttpRequest,
  path: string,
  query: URLSearchParams,
): HttpResponse {
  if (path === '/version') return request.method === 'GET' ? xmlAnswer(versionDocument(release)) : notAllowed('GET')
  if (path === '/mailbox/folders/inbox/messages') {
    return request.method === 'GET' ? inbox(mailbox, query) : notAllowed('GET')
  }
  const [, encodedId = '', attachment] = /^\/messages\/([^/]+)(\/attachments\/0)?$/.exec(path) ?? []
  const message = mailbox.message(decoded(encodedId))
  if (message === undefined) return notFound()
  if (attachment !== undefined) {
    if (request.method !== 'GET') return notAllowed('GET')
    return { status: 200, headers: { 'Content-Type': 'audio/wav' }, body: message.recording }
  }
  switch (request.method) {
    case 'GET':
      return xmlAnswer(messageDocument(mailbox, message))
    case 'PUT': {
      const change = readFlag(request.body.toString())
      if (change === undefined) return { status: 400, headers: {} }
      message.isRead = change
      return { status: 204, headers: {} }
    }
    case 'DELETE':
      mailbox.remove(message.id)
      return { status: 204, headers: {} }
    default:
      return notAllowed('GET, PUT, DELETE')
  }
}

/** `read=false&type=voice&pageNumber=1&rowsPerPage=25`; `total` counts what fits before paging. */
function inbox(mailbox: Mailbox, query: URLSearchParams): HttpResponse {
  const [pageNumber, rowsPerPage] = [numberOf(query, 'pageNumber', 1), numberOf(query, 'rowsPerPage', 25)]
  if (pageNumber === undefined || rowsPerPage === undefined) return { status: 400, headers: {} }
  const wanted = query.get('read')
  const isOtherType = (query.get('type') ?? 'voice').toLowerCase() !== 'voice'
  const fitting = mailbox.messages.filter(
    ({ isRead }) => !isOtherType && (wanted === null || isRead === (wanted === 'true')),
  )
  const start = (pageNumber - 1) * rowsPerPage
  return xmlAnswer(messageList(mailbox, fitting.length, fitting.slice(start, start + rowsPerPage)))
}

function numberOf(query: URLSearchParams, name: string, fallback: number): number | undefined {
  const text = query.get(name)
  if (text === null) return fallback
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined
}

/** `<Message><Read>true</Read></Message>` */
function readFlag(body: string): boolean | undefined {
  const root = parseDocument(body)
  const flag = root?.getName() === 'Message' ? root.getChildText('Read')?.trim() : undefined
  return flag === 'true' || flag === 'false' ? flag === 'true' : undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // An ill-formed escape names no message.
    return ''
  }
}

function basicCredentials(header: unknown): { user: string; password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(String(header ?? ''))?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

function xmlAnswer(body: string): HttpResponse {
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body }
}

function unauthorized(): HttpResponse {
  return {
    status: 401,
    headers: { 'WWW-Authenticate': 'Basic realm="Cisco Unity Connection"', 'Content-Type': 'text/html' },
    body: '<html><head><title>Error 401</title></head><body>HTTP Status 401</body></html>',
  }
}

function notFound(): HttpResponse {
  return { status: 404, headers: { 'Content-Type': 'text/html' }, body: '<html><body>HTTP Status 404</body></html>' }
}

function notAllowed(allow: string): HttpResponse {
  return { status: 405, headers: { Allow: allow } }
}
