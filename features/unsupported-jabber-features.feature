Feature: Unsupported Jabber features when using mobile and remote access

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: files are not transferred

    @UNSJ-03
    Scenario: Alice offers Bob a file from outside
      Given Alice and Bob are signed in
      And Alice sees Bob as "available"
      When Alice offers Bob the file "plan.pdf"
      Then the offer of Alice comes back with "service-unavailable"
      And Bob is offered "plan.pdf" and has taken nothing

    @UNSJ-03
    Scenario: Alice writes instead
      Given Alice and Bob are signed in
      When Alice writes "plan.pdf follows by mail" to Bob
      Then Bob reads "plan.pdf follows by mail" from Alice

  Rule: desk phones are not controlled

    @UNSJ-04
    Scenario: Alice looks for the CTI port of Unified CM
      Given Alice is signed in
      When Alice tries the CTI port of Unified CM through the edge
      Then nobody has reached the CTI port of Unified CM

    @UNSJ-04
    Scenario: Bob, inside, looks for it
      Given Alice is signed in
      When somebody inside tries the CTI port of Unified CM
      Then the CTI port of Unified CM was reached
