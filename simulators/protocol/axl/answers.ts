import type { HttpResponse } from '#runtime/network.ts'
import { Xml, xml } from '../xml/template.ts'
import type { AxlRequest } from './request.ts'

/** Why AXL does not do what it was asked: a SOAP fault. */
export interface AxlRefusal {
  readonly axlCode: number
  readonly says: string
}

export function itemNotFound(kind: string): AxlRefusal {
  return { axlCode: 5007, says: `Item not valid: The specified ${kind} was not found` }
}

/** `<ns:<request>Response><return>…</return>` in the request's own schema. */
export function answerOf({ name, namespace, sequence }: AxlRequest, result: Xml): HttpResponse {
  const attributes = sequence === undefined ? undefined : xml` sequence="${sequence}"`
  const tag = new Xml(`ns:${name}Response`)
  return envelope(200, xml`<${tag} xmlns:ns="${namespace}"${attributes}><return>${result}</return></${tag}>`)
}

/**
 * Wire facts §4.4: SOAP 1.1 faults are answered with status 500. Releases 9.1 and 10.5 blame the server for items that
 * are not there, and leave `axlError` without namespace.
 */
export function faultOf({ axlCode, says }: AxlRefusal, request: string): HttpResponse {
  const side = axlCode === unreadableRequest ? 'Client' : 'Server'
  return envelope(
    500,
    xml`<soapenv:Fault><faultcode>soapenv:${side}</faultcode><faultstring>${says}</faultstring><detail><axlError><axlcode>${axlCode}</axlcode><axlmessage>${says}</axlmessage><request>${request}</request></axlError></detail></soapenv:Fault>`,
  )
}

/** The code of a request that is none, or that nobody knows. */
export const unreadableRequest = 5000

/** An error of the container itself: an HTML page, with the text in the status line too. */
export function htmlError(status: number, says: string): HttpResponse {
  const page = xml`<html><head><title>Error report</title></head><body><h1>HTTP Status ${status} - ${says}</h1><hr/></body></html>`
  const reason = status === 599 ? { reason: 'Incorrect axl version' } : {}
  return { status, ...reason, headers: { 'Content-Type': 'text/html;charset=utf-8' }, body: page.text }
}

function envelope(status: number, content: Xml): HttpResponse {
  const document = xml`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${document.text}`
  return { status, headers: { 'Content-Type': 'text/xml;charset=UTF-8' }, body }
}
