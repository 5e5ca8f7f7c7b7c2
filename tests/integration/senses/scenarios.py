"""sipp scenarios: one voice response system, many ways to go wrong."""

HEADERS = """[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
[last_CSeq:]
[last_Record-Route:]
"""
TAGGED = HEADERS.format(tag=";tag=[pid]lw[call_number]")
CONTACT = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>\n"


def scenario(*steps):
    return ('<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="stand-in">\n'
            + "\n".join(steps) + "\n</scenario>\n")


def recv(method, optional=False):
    return f'<recv request="{method}" crlf="true" rrs="true"{" optional=" + chr(34) + "true" + chr(34) if optional else ""}/>'


def send(status, headers=TAGGED, extra="", body="", retrans=False):
    length = "[len]" if body else "0"
    again = ' retrans="500"' if retrans else ""
    return (f"<send{again}><![CDATA[\nSIP/2.0 {status}\n{headers}{extra}"
            f"Content-Length: {length}\n\n{body}]]></send>")


def sdp(codec=8, events=False, port="[rtpstream_audio_port]"):
    name = {0: "PCMU", 8: "PCMA"}[codec]
    more = "\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15" if events else ""
    return (f"v=0\no=- 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\n"
            f"m=audio {port} RTP/AVP {codec}{' 101' if events else ''}\n"
            f"a=rtpmap:{codec} {name}/8000{more}\n")


def play(path, codec=8, times=-1):
    name = {0: "PCMU", 8: "PCMA"}[codec]
    return f'<nop><action><exec rtp_stream="{path},{times},{codec},{name}/8000"/></action></nop>'


def pause(ms):
    return f'<pause milliseconds="{ms}"/>'


ANSWER = [recv("INVITE"), send("180 Ringing", extra=CONTACT)]
BYE = [recv("BYE"), send("200 OK", HEADERS.format(tag=""))]


def ivr(path=None, codec=8, times=-1):
    """Picks up and plays a raw G.711 file; None: no sound at all."""
    ok = send("200 OK", extra=CONTACT + "Content-Type: application/sdp\n", body=sdp(codec), retrans=True)
    sound = [play(path, codec, times)] if path else []
    return scenario(*ANSWER, ok, recv("ACK"), *sound, *BYE)


def elsewhere(port):
    """Picks up; the sound is somebody else's, at `port`, who takes telephone events."""
    ok = send("200 OK", extra=CONTACT + "Content-Type: application/sdp\n", body=sdp(8, True, port), retrans=True)
    return scenario(*ANSWER, ok, recv("ACK"), *BYE)


CHALLENGE = 'Proxy-Authenticate: Digest realm="pbx", nonce="n1", algorithm=MD5, qop="auth"\n'


def asks_who(path, user):
    """Wants digest credentials of `user` first."""
    challenge = send("407 Proxy Authentication Required", retrans=True, extra=CHALLENGE)
    known = (f'<recv request="INVITE" crlf="true" rrs="true"><action><ereg regexp="username=.{user}.,.*response=" '
             'search_in="hdr" header="Proxy-Authorization:" check_it="true" assign_to="1"/></action></recv>'
             '<Reference variables="1"/>')
    ok = send("200 OK", extra=CONTACT + "Content-Type: application/sdp\n", body=sdp(), retrans=True)
    return scenario(recv("INVITE"), challenge, recv("ACK"), known, ok, recv("ACK"), play(path), *BYE)


def refuses(status, extra=""):
    return scenario(recv("INVITE"), send(status, extra=extra, retrans=True), recv("ACK"))


def rings():
    """Never picks up; a CANCEL is taken in order."""
    return scenario(*ANSWER, recv("CANCEL"), send("200 OK", HEADERS.format(tag="")),
                    send("487 Request Terminated", headers=TAGGED.replace("[last_CSeq:]", "CSeq: [cseq] INVITE"),
                         retrans=True), recv("ACK"))


def options(status="200 OK", agent="Test phone 1.0", delay_ms=0, provisional=None):
    steps = [recv("OPTIONS")]
    if provisional:
        steps.append(send(provisional))
    if delay_ms:
        steps.append(pause(delay_ms))
    return scenario(*steps, send(status, extra=f"User-Agent: {agent}\n"))
