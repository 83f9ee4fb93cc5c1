Feature: Unified CM denial of service threshold
  All clients outside come to Unified CM from one address, and together they may be too much for one.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: what would be a little from each device is a lot from one Control

    @DOS-01
    Scenario: with a low threshold everybody outside waits, and those inside do not
      Given Unified CM takes 10 KB of SIP a second from one address
      And Alice and the board room are signed in
      And Bob and Carol are signed in
      When Alice and the board room register again 12 times at once
      And Bob and Carol register again 8 times at once
      Then Unified CM has throttled the VCS Control
      And Unified CM has throttled neither Bob nor Carol
      And Alice and the board room had to wait for Unified CM

    @DOS-02
    Scenario: raised to 750 KB/second, as the guide has it, the same load passes
      Given Unified CM takes 10 KB of SIP a second from one address
      And Alice and the board room are signed in
      And Bob and Carol are signed in
      When the administrator of Unified CM raises the SIP Station TCP Port Throttle Threshold to 750 KB/second
      And Alice and the board room register again 12 times at once
      And Bob and Carol register again 8 times at once
      Then Unified CM has throttled nobody
