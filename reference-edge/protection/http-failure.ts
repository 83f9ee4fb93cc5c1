import type { FailureCategory } from './failure-category.ts'

export interface HttpAnswerFacts {
  readonly status: number
  /** Answered by the Expressway itself, not by the Control or a server inside. */
  readonly isOwn: boolean
  /** The request brought an Authorization or a cookie. */
  readonly hasCredentials: boolean
}

/**
 * What an answer of the HTTP proxy says about its client; undefined: nothing bad. A 401 to a request that brought no
 * credentials is a challenge, and a 400 of a server inside is that server's opinion.
 */
export function httpFailure({ status, isOwn, hasCredentials }: HttpAnswerFacts): FailureCategory | undefined {
  switch (status) {
    case 400:
    case 431:
      return isOwn ? 'http-ce-intrusion' : undefined
    case 401:
      return hasCredentials ? 'http-ce-auth' : undefined
    case 404:
      return 'http-ce-resource'
    default:
      return undefined
  }
}
