import type { HostEnvironment } from '#runtime/host.ts'
import type { Element } from '#simulators/protocol/xml/element.ts'
import { xml } from '#simulators/protocol/xml/element.ts'
import { ns } from '#simulators/protocol/xmpp/stanzas.ts'
import { dialDomain } from './dial-domain.ts'
import type { DialbackSubject } from './dialback.ts'
import { dialbackNs } from './dialback.ts'
import { ServerStream } from './server-stream.ts'

/**
 * Asks the authoritative server of the originating domain, found by our own DNS, whether the key of a stream to us is
 * its own (XEP-0220 §2.3). False too where it cannot be reached or does not answer in time.
 */
export async function verifyKey(
  environment: HostEnvironment,
  subject: DialbackSubject,
  key: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { originating, receiving, streamId } = subject
  let connection
  try {
    connection = await dialDomain(environment.network, originating, signal)
  } catch {
    return false
  }
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const question = xml('db:verify', { from: receiving, to: originating, id: streamId }, key)
  let isAsked = false
  const ask = () => {
    if (!isAsked) stream.send(question)
    isAsked = true
  }
  const isAnswer = (element: Element) => element.is('verify', dialbackNs.dialback) && element.attrs['id'] === streamId
  const stream = new ServerStream(connection, environment.clocks, {
    onHeader: (header) => (header.attrs['version'] === '1.0' ? undefined : ask()),
    onElement: (element) => {
      if (element.is('features', ns.stream)) return ask()
      if (isAsked && isAnswer(element)) resolve(element.attrs['type'] === 'valid')
      else stream.close()
    },
    onClosed: () => resolve(false),
  })
  stream.open({ from: receiving, to: originating })
  const limit = environment.clocks.monotonic.after(answerMs, () => resolve(false))
  const abandon = () => resolve(false)
  signal.addEventListener('abort', abandon)
  const isValid = await promise
  signal.removeEventListener('abort', abandon)
  limit.cancel()
  stream.close()
  return isValid
}

const answerMs = 5_000
