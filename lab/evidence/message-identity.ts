import type { TraceEvent } from '#runtime/trace.ts'

/**
 * What makes two observations the same message. The ends may write a message down differently (headers a server adds
 * behind our back, namespaces of a stanza), so it is the protocol's own identity, never the bytes or their length.
 */
export function messageIdentity({ protocol = '', summary, bytes }: TraceEvent): string {
  const shown = plainSummary(summary ?? '')
  const text = Buffer.from(bytes ?? '', 'base64').toString('utf8')
  if (protocol === 'SIP') return sipIdentity(text) ?? shown
  // A stream's header may be known by its summary only.
  if (protocol === 'XMPP' || protocol === 'XCP') return stanzaIdentity(text) ?? stanzaIdentity(shown) ?? shown
  return shown
}

/** One form for all hosts: `407 Proxy Authentication Required` and `INVITE sip:…`, without the protocol's version. */
export function plainSummary(summary: string): string {
  return summary.replace(/^(?:SIP\/2\.0|HTTP\/1\.[01]) /, '').replace(/ (?:SIP\/2\.0|HTTP\/1\.[01])$/, '')
}

/** Start line, Call-ID, CSeq and top branch. */
function sipIdentity(text: string): string | undefined {
  const head = text.split('\r\n\r\n', 1)[0]!
  const [startLine] = head.split('\r\n', 1)
  const callId = /^(?:call-id|i)[ \t]*:[ \t]*(\S+)/im.exec(head)?.[1]
  if (callId === undefined) return undefined
  const cseq = /^cseq[ \t]*:[ \t]*(\d+)[ \t]+(\S+)/im.exec(head)
  const branch = /^(?:via|v)[ \t]*:.*?;[ \t]*branch[ \t]*=[ \t]*([^;,\s]+)/im.exec(head)?.[1]
  return [startLine, callId, cseq?.[1], cseq?.[2], branch].join('|')
}

/** Name, id and type of the outermost element; a prefix is no part of the name. */
function stanzaIdentity(text: string): string | undefined {
  const match = /<(?![?!])(?:[\w.-]+:)?([\w.-]+)((?:[^>"']|"[^"]*"|'[^']*')*)>/.exec(text)
  if (match === null) return undefined
  const [, name, attributes] = match
  // The ends of a stream each have one header, whatever they say in it.
  if (name === 'stream') return name
  const attribute = (wanted: string) => new RegExp(`\\s${wanted}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes!)
  const [id, type] = ['id', 'type'].map((wanted) =>
    attribute(wanted)
      ?.slice(1)
      .find((value) => value !== undefined),
  )
  return [name, id, type].join('|')
}
