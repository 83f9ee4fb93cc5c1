Feature: Maintenance mode
  Mobile and remote access does not support it: it drops calls instead of letting them end.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a VCS in maintenance mode drops every call and takes nothing new

    @UNSF-14
    Scenario: the VCS Control
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      When maintenance mode of the VCS Control is On
      Then the call ends at Alice
      And the call ends at Carol
      When Alice calls the number "1003"
      Then the call fails with "503 Service Unavailable"
      And the next registration of Alice fails
      And Alice receives "503 Service Unavailable"
      When maintenance mode of the VCS Control is Off
      And Alice signs out
      And Alice signs in
      Then the sign-in of Alice succeeds
      And Alice is in a call with Carol

    @UNSF-14
    Scenario: the VCS Expressway
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      When maintenance mode of the VCS Expressway is On
      Then the call ends at Alice
      And the call ends at Carol
      And the VCS Expressway lists 0 current calls and 1 in the history
      When Alice calls the number "1003"
      Then the call fails with "503 Service Unavailable"
      And the next registration of Alice fails
      And Alice receives "503 Service Unavailable"
      When maintenance mode of the VCS Expressway is Off
      And Alice signs out
      And Alice signs in
      Then the sign-in of Alice succeeds
