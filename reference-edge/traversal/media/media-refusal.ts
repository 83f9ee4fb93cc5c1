/** Why no stream was opened. */
export interface MediaRefusal {
  readonly refusal: 'too many streams' | 'no free port pair' | 'stopped'
}

export function refuseMedia(refusal: MediaRefusal['refusal']): MediaRefusal {
  return { refusal }
}
