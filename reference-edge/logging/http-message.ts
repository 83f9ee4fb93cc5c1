import { isSecretName, mask, maskedMessage } from './masking.ts'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** A request as the log's HTTPMSG shows it: head without secrets, of the body only its length. */
export function requestText(request: {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  readonly body?: Uint8Array | string
}): string {
  const { method, target, headers, body } = request
  return maskedMessage(`${method} ${target} HTTP/1.1\n${headerLines(headers)}\n${bodyLine(body)}`)
}

/** The same of an answer; `hasBody` only where the body is the VCS's own and holds no secret. */
export function answerText(
  answer: {
    readonly status: number
    readonly reason?: string
    readonly headers: Headers
    readonly body?: Uint8Array | string
  },
  { hasBody = false } = {},
): string {
  const { status, reason = '', headers, body } = answer
  const shown = hasBody && body !== undefined ? Buffer.from(body as string).toString('utf8') : bodyLine(body)
  return maskedMessage(`HTTP/1.1 ${status} ${reason}\n${headerLines(headers)}\n${shown}`)
}

function headerLines(headers: Headers): string {
  return Object.entries(headers)
    .flatMap(([name, value]) => (value === undefined ? [] : [value].flat()).map((each) => headerLine(name, each)))
    .join('')
}

/** Of credentials the scheme stays: `maskedMessage` knows them. */
function headerLine(name: string, value: string): string {
  const isMasked = isSecretName(name) && !/^(proxy-)?authorization$/i.test(name)
  return `${name}: ${isMasked ? mask : value}\n`
}

function bodyLine(body: Uint8Array | string | undefined): string {
  return body === undefined || body.length === 0 ? '' : `(${body.length} bytes)`
}
