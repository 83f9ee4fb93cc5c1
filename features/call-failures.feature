Feature: Calls of remote endpoints - failures
  What a caller is told when a call does not come about, each from its cause.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a called party that is not there

    Scenario: Carol's phone is not registered
      Given Alice is signed in
      When Alice calls the number "1003"
      Then the call fails with "480 Temporarily Unavailable"
      And the Unified CM has sent "480 Temporarily Unavailable" for the call
      When Carol signs in
      And Alice calls Carol
      Then the call connects

    @slow
    Scenario: Alice's Jabber is there but says nothing
      Given Alice and Carol are signed in
      And the Jabber of Alice hangs
      When Carol calls the number "1001"
      Then the VCS Expressway has sent "408 Request Timeout" for the call in the end
      And the call fails with "480 Temporarily Unavailable"
      When the Jabber of Alice goes on
      And Carol calls Alice
      Then the call connects

  Rule: Unified CM does not take calls

    Scenario: the CallManager service is stopped
      Given Alice and Carol are signed in
      When the administrator stops the CallManager service
      And Alice calls the number "1003"
      Then the call fails with "503 Service Unavailable"
      And the VCS Control has sent "503 Service Unavailable" for the call

    Scenario: an INVITE of more than 5,000 bytes where Unified CM takes no more
      Given SIP Max Incoming Message Size of Unified CM is 5000 bytes
      And Alice and Carol are signed in
      When Alice calls Carol with 4000 bytes more than usual
      Then the call fails with "503 Service Unavailable"
      And the Unified CM has closed the connection of the VCS Control
      When Alice calls Carol
      Then the call connects

    Scenario: the same INVITE where Unified CM takes 11,000 bytes
      Given SIP Max Incoming Message Size of Unified CM is 11000 bytes
      And Alice and Carol are signed in
      When Alice calls Carol with 4000 bytes more than usual
      Then the call connects
      And Alice and Carol hear each other
