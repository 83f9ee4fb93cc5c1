/** A dialog by its Call-ID and its tags, as an endpoint of it names it. */
export interface DialogReference {
  readonly callId: string
  /** Of the endpoint that names it. */
  readonly localTag: string
  /** Of the B2BUA, towards that endpoint. */
  readonly remoteTag: string
}

/**
 * A B2BUA gives every leg a dialog of its own, so that what a request says about another dialog means nothing on the far
 * side. These give it the name that the far side knows: `Replaces` in Refer-To (RFC 3891), and the dialogs in the body of
 * Cisco's remote call control. What names no dialog of ours stays as it is.
 */
export function renameInReferTo(value: string, rename: Rename): string {
  return value.replace(/([?&]Replaces=)([^&>;\s]+)/i, (whole, name: string, escaped: string) => {
    const replaces = unescaped(escaped)
    const renamed = replaces === undefined ? undefined : renameReplaces(replaces, rename)
    return renamed === undefined ? whole : `${name}${encodeURIComponent(renamed)}`
  })
}

/** `x-cisco-remotecc-request`: `<callid>`, `<localtag>` and `<remotetag>` one behind the other. */
export function renameInRemoteControl(body: string, rename: Rename): string {
  return body.replace(dialogElements, (whole, callId: string, localTag: string, remoteTag: string) => {
    const renamed = rename({ callId, localTag, remoteTag })
    if (renamed === undefined) return whole
    return (
      `<callid>${renamed.callId}</callid><localtag>${renamed.localTag}</localtag>` +
      `<remotetag>${renamed.remoteTag}</remotetag>`
    )
  })
}

/** The dialog on the far side; undefined for one that is not ours. */
export type Rename = (reference: DialogReference) => DialogReference | undefined

const dialogElements =
  /<callid>([^<]{1,256})<\/callid>\s*<localtag>([^<]{1,256})<\/localtag>\s*<remotetag>([^<]{1,256})<\/remotetag>/g

/** RFC 3891 §6.1: the to-tag is that of whom the header is for. */
function renameReplaces(replaces: string, rename: Rename): string | undefined {
  const [callId = '', ...parameters] = replaces.split(';')
  const valueOf = (name: string) =>
    parameters.find((parameter) => parameter.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
  const [localTag, remoteTag] = [valueOf('from-tag'), valueOf('to-tag')]
  if (localTag === undefined || remoteTag === undefined) return undefined
  const renamed = rename({ callId, localTag, remoteTag })
  return renamed && `${renamed.callId};to-tag=${renamed.remoteTag};from-tag=${renamed.localTag}`
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
