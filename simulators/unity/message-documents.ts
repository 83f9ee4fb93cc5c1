import { escapeXML } from '#simulators/protocol/xml/element.ts'
import type { Mailbox, VoiceMessage } from './mailbox.ts'

/** CUMI documents (wire facts §9.1; some element names there are from memory). */
export function messageList(mailbox: Mailbox, total: number, page: readonly VoiceMessage[]): string {
  return document(
    `<Messages total="${total}">${page.map((message) => messageElement(mailbox, message)).join('')}</Messages>`,
  )
}

export function messageDocument(mailbox: Mailbox, message: VoiceMessage): string {
  return document(messageElement(mailbox, message))
}

export function versionDocument(release: string): string {
  return document(
    `<VersionInformation><name>vmrest</name><version>${escapeXML(release)}</version></VersionInformation>`,
  )
}

function messageElement(mailbox: Mailbox, message: VoiceMessage): string {
  const uri = `/vmrest/messages/${message.id}`
  const { from, subject, isRead, arrival, durationMs, recording } = message
  const caller = `<CallerId><CallerNumber>${escapeXML(from.number)}</CallerNumber><CallerName>${escapeXML(from.name)}</CallerName></CallerId>`
  const attachment = `<Attachment><URI>${uri}/attachments/0</URI><contentType>audio/wav</contentType><contentTransferEncoding>base64</contentTransferEncoding><Duration>${durationMs}</Duration><Size>${recording.length}</Size></Attachment>`
  return [
    `<Message><URI>${uri}</URI><Subject>${escapeXML(subject)}</Subject><Read>${isRead}</Read>`,
    '<Dispatched>false</Dispatched><Secure>false</Secure><Priority>Normal</Priority><Sensitivity>Normal</Sensitivity>',
    `<MsgType>Voice</MsgType><MsgId>${message.id}</MsgId>`,
    `<From><DisplayName>${escapeXML(from.name)}</DisplayName><DtmfAccessId>${escapeXML(from.number)}</DtmfAccessId></From>`,
    `<To><DisplayName>${escapeXML(mailbox.displayName)}</DisplayName></To>${caller}`,
    `<ArrivalTime>${arrival.getTime()}</ArrivalTime><Size>${recording.length}</Size><Duration>${durationMs}</Duration>`,
    `<Attachments>${attachment}</Attachments></Message>`,
  ].join('')
}

function document(content: string): string {
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${content}`
}
