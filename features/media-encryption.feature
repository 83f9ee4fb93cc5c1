Feature: Media encryption
  Media is encrypted everywhere outside the VCS Control and in clear between the Control and endpoints inside.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: SRTP on both outer legs, RTP inside

    @MENC-01 @MENC-02 @OVW-09 @SEC-09
    Scenario: a sniffer on the public leg and on the leg between the VCSs reads nothing
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And the media between Alice and the VCS Expressway is encrypted
      And the media between the VCS Expressway and the VCS Control is encrypted
      And every session description between Alice and the VCS Expressway asks for SRTP
      And every session description between the VCS Expressway and the VCS Control asks for SRTP

    @MENC-03 @UNSF-04
    Scenario: a sniffer inside hears the call
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And the audio of Alice is SRTP
      And the audio of Carol is plain RTP
      And the media between the VCS Control and Carol is readable by anybody
      And every session description between the VCS Control and the Unified CM asks for plain RTP

    @UNSF-05 @MENC-03
    Scenario: two secure devices outside have a clear portion on premises only
      Given Alice and the board room are signed in
      And Alice is in a call with the board room
      Then Alice and the board room hear each other
      And the media between Alice and the VCS Expressway is encrypted
      And the media between the board room and the VCS Expressway is encrypted
      And the media between the VCS Expressway and the VCS Control is encrypted
      And every session description between the VCS Control and the Unified CM asks for plain RTP

  Rule: the Control's B2BUA encrypts, the Expressway relays

    @MENC-04 @OVW-08
    Scenario: packets pass the Expressway as they are
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And the VCS Expressway relays every media packet unchanged
      And no media passes the Unified CM
