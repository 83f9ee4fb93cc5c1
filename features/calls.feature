Feature: Calls of remote endpoints
  Unified CM controls the calls of endpoints outside exactly as it does inside; the VCS pair carries them.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: calls are placed in both directions

    @OVW-02 @JVPN-05
    Scenario: Alice calls the desk phone from home
      Given Alice and Carol are signed in
      When Alice calls Carol
      Then the call connects
      And the Unified CM has passed the call
      And Alice and Carol hear each other

    @OVW-02
    Scenario: the desk phone calls Alice at home
      Given Alice and Carol are signed in
      When Carol calls Alice
      Then the call connects
      And the Unified CM has passed the call
      And Alice and Carol hear each other

    @OVW-02
    Scenario: nobody has the number
      Given Alice is signed in
      When Alice calls the number "1999"
      Then the call fails with "404 Not Found"
      And the Unified CM has sent "404 Not Found" for the call

    @OVW-02
    Scenario: nobody has the number, inside
      Given Carol is signed in
      When Carol calls the number "1999"
      Then the call fails with "404 Not Found"
      And the Unified CM has sent "404 Not Found" for the call

    Scenario: the desk phone is busy
      Given Alice and Carol are signed in
      And Carol is busy
      When Alice calls Carol
      Then the call fails with "486 Busy Here"

    Scenario: Alice gives up before anybody answers
      Given Alice and Carol are signed in
      And Carol answers no calls
      When Alice calls Carol
      Then it rings at Carol
      When Alice gives up
      Then the call fails with "487 Request Terminated"
      And the call ends at Carol

    Scenario: Alice puts Carol on hold and comes back
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      And Alice and Carol hear each other
      When Alice puts the call on hold
      Then Alice hears nothing
      When Alice resumes the call
      Then Alice and Carol hear each other

  Rule: a call that ends ends at both ends

    Scenario: the desk phone hangs up
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      When Carol hangs up
      Then the call ends at Alice

  Rule: two endpoints outside reach each other through Unified CM

    @OVW-02
    Scenario: Alice calls the board room, both outside
      Given Alice and the board room are signed in
      When Alice calls the board room
      Then the call connects
      And the Unified CM has passed the call
      And Alice and the board room hear each other
