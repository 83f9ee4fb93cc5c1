import type { HttpResponse } from '#runtime/network.ts'

/** Server headers of the Control: its proxy, and its edge configuration server. */
export const proxyName = 'CE_C'
export const configurationServerName = 'CE_C ECS'

/** The same for an unknown user, a wrong password, no credentials, and a cookie that is unknown or too old. */
export function unauthorized(): HttpResponse {
  return {
    status: 401,
    reason: 'Unauthorized',
    headers: { Server: configurationServerName, 'WWW-Authenticate': 'Basic realm="Cisco-Edge"', Age: '0' },
  }
}

/** Unified CM could not be asked. */
export function signInUnavailable(): HttpResponse {
  return { status: 503, reason: 'Service Unavailable', headers: { Server: configurationServerName, Age: '0' } }
}

export function badRequest(): HttpResponse {
  return ownAnswer(400, 'Bad Request')
}

export function forbidden(): HttpResponse {
  return ownAnswer(403, 'Forbidden')
}

export function connectFailed(): HttpResponse {
  return ownAnswer(502, 'connect failed')
}

export function notFound(): HttpResponse {
  return { status: 404, reason: 'Not Found', headers: { Server: configurationServerName, Age: '0' } }
}

export function methodNotAllowed(): HttpResponse {
  return { status: 405, reason: 'Method Not Allowed', headers: { Server: configurationServerName, Allow: 'GET, HEAD' } }
}

function ownAnswer(status: number, reason: string): HttpResponse {
  return { status, reason, headers: { Connection: 'close', Server: proxyName, 'Content-Length': '0' } }
}
