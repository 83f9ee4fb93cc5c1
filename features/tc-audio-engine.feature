Feature: Audio engine of TC endpoints
  A TC endpoint speaks and hears through a WebRTC library, whose DTLS-SRTP becomes SRTP with the keys of the call's description.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: audio of the WebRTC library crosses both VCSs

    Scenario: the board room calls the desk phone, holds and resumes
      Given the board room has the WebRTC audio engine
      And the board room and Carol are signed in
      And the board room is in a call with Carol
      Then the board room and Carol hear each other
      And the board room has the WebRTC audio engine in the call
      And the audio of the board room is SRTP
      And the audio of Carol is plain RTP
      And the media between the board room and the VCS Expressway is encrypted
      When the board room puts the call on hold
      Then the board room hears nothing
      When the board room resumes the call
      Then the board room and Carol hear each other

    Scenario: Alice calls the board room
      Given the board room has the WebRTC audio engine
      And Alice and the board room are signed in
      And Alice is in a call with the board room
      Then Alice and the board room hear each other
      And the board room has the WebRTC audio engine in the call

  Rule: the Control takes no offer without keys of its own

    Scenario: the board room offers DTLS only
      Given the board room has the WebRTC audio engine
      And the board room offers its calls with DTLS only
      And the board room and Carol are signed in
      When the board room calls Carol
      Then the call fails with "488 Not Acceptable Here"
      And the offer of the board room has a fingerprint and no keys
      And the VCS Control refuses the call of the board room: "DTLS-SRTP is not supported"
      And no INVITE reaches Carol
      And no media passes at all

  Rule: where the WebRTC library does not run the plain engine does, and the endpoint says so

    Scenario: the library is missing
      Given the board room has the WebRTC audio engine
      And the WebRTC library of the board room is missing
      And the board room and Carol are signed in
      And the board room is in a call with Carol
      Then the board room and Carol hear each other
      And the board room reports that its WebRTC audio engine does not run: "Cannot find module"

    Scenario: the library crashes in the middle of a call
      Given the board room has the WebRTC audio engine
      And the board room and Carol are signed in
      And the board room is in a call with Carol
      And the board room and Carol hear each other
      When the WebRTC library of the board room crashes
      Then the board room reports that its WebRTC audio engine does not run: "SIGSEGV"
      And the board room and Carol hear each other
