/* The simulated devices' objects, a row each. UPS-MIB: RFC 1628; PowerNet-MIB: APC; KAMAILIO-MIB and
 * SIP-COMMON-MIB: RFC 4780; IF-MIB: RFC 2863. */
#include "sim/core/mib.h"

#define INTEGER(oid, metric, scale)                                                                \
	{                                                                                          \
		oid, BER_INTEGER, metric, 0, scale, NULL, NULL                                     \
	}
#define GAUGE(oid, metric, scale)                                                                  \
	{                                                                                          \
		oid, BER_GAUGE32, metric, 0, scale, NULL, NULL                                     \
	}
#define COUNTER(oid, metric)                                                                       \
	{                                                                                          \
		oid, BER_COUNTER32, metric, 0, 1, NULL, NULL                                       \
	}
#define TICKS(oid, metric)                                                                         \
	{                                                                                          \
		oid, BER_TICKS, metric, 0, 100, NULL, NULL                                         \
	}
#define STATE(oid, metric, words)                                                                  \
	{                                                                                          \
		oid, BER_INTEGER, metric, 0, 1, words, NULL                                        \
	}
#define FIXED(oid, value)                                                                          \
	{                                                                                          \
		oid, BER_INTEGER, METRIC_NONE, 0, value, NULL, NULL                                \
	}
#define TEXT(oid, text)                                                                            \
	{                                                                                          \
		oid, BER_OCTETS, METRIC_NONE, 0, 0, NULL, text                                     \
	}
#define SYSTEM(descr, object)                                                                      \
	TEXT("1.3.6.1.2.1.1.1.0", descr),                                                          \
		{ "1.3.6.1.2.1.1.2.0", BER_OID, METRIC_NONE, 0, 0, NULL, object },                 \
		TICKS("1.3.6.1.2.1.1.3.0", M_SYS_UPTIME),                                          \
	{                                                                                          \
		"1.3.6.1.2.1.1.5.0", BER_OCTETS, M_SYS_NAME, 0, 0, NULL, ""                        \
	}
#define END                                                                                        \
	{                                                                                          \
		NULL, 0, 0, 0, 0, NULL, NULL                                                       \
	}

#define UPSMIB "1.3.6.1.2.1.33.1."
#define APC    "1.3.6.1.4.1.318.1.1.1."
#define KAM    "1.3.6.1.4.1.34352.3.1."
#define POLY   "1.3.6.1.4.1.13885.101.1.2.8."
#define PLAY   "1.3.6.1.4.1.8072.9999.9999.111."
#define IF     "1.3.6.1.2.1.2.2.1."
#define IFX    "1.3.6.1.2.1.31.1.1.1."

static const struct mib_word rfc1628_battery[] = {
	{ UPS_ONLINE, 2 }, { UPS_ON_BATTERY, 2 }, { UPS_LOW_BATTERY, 3 },
	{ UPS_BYPASS, 2 }, { UPS_OFF, 4 },	  { UPS_FAULT, 2 },
	{ 0, 0 },
};
static const struct mib_word rfc1628_source[] = {
	{ UPS_ONLINE, 3 }, { UPS_ON_BATTERY, 5 }, { UPS_LOW_BATTERY, 5 },
	{ UPS_BYPASS, 4 }, { UPS_OFF, 2 },	  { UPS_FAULT, 1 },
	{ 0, 0 },
};
static const struct mib_word powernet_battery[] = {
	{ UPS_ONLINE, 2 }, { UPS_ON_BATTERY, 2 }, { UPS_LOW_BATTERY, 3 },
	{ UPS_BYPASS, 2 }, { UPS_OFF, 3 },	  { UPS_FAULT, 4 },
	{ 0, 0 },
};
static const struct mib_word powernet_output[] = {
	{ UPS_ONLINE, 2 }, { UPS_ON_BATTERY, 3 }, { UPS_LOW_BATTERY, 3 },
	{ UPS_BYPASS, 6 }, { UPS_OFF, 7 },	  { UPS_FAULT, 10 },
	{ 0, 0 },
};
static const struct mib_word flag_1_2[] = { { 0, 1 }, { 1, 2 }, { 0, 0 } };
static const struct mib_word if_up[] = { { 1, 1 }, { 0, 2 }, { 0, 0 } };
static const struct mib_word registration[] = { { 1, 2 }, { 0, 3 }, { 0, 0 } };
static const struct mib_word sip_service[] = {
	/* RFC 4780 numbers from 1 */
	{ PBX_UNKNOWN, 1 },    { PBX_UP, 2 },	     { PBX_DOWN, 3 },	 { PBX_CONGESTED, 4 },
	{ PBX_RESTARTING, 5 }, { PBX_QUIESCING, 6 }, { PBX_TESTING, 7 }, { 0, 0 },
};

static const struct mib_row rfc1628[] = {
	SYSTEM("linewatch-sim UPS, RFC 1628", "1.3.6.1.2.1.33"),
	TEXT(UPSMIB "1.1.0", "linewatch-sim"),
	TEXT(UPSMIB "1.2.0", "Sim 1500"),
	TEXT(UPSMIB "1.3.0", "1.0"),
	TEXT(UPSMIB "1.4.0", "1.0"),
	{ UPSMIB "1.5.0", BER_OCTETS, M_SYS_NAME, 0, 0, NULL, "" },
	STATE(UPSMIB "2.1.0", M_UPS_STATUS, rfc1628_battery),
	INTEGER(UPSMIB "2.2.0", M_BATTERY_ON_SECONDS, 1),
	INTEGER(UPSMIB "2.3.0", M_BATTERY_RUNTIME, 1.0 / 60),
	INTEGER(UPSMIB "2.4.0", M_BATTERY_CHARGE, 1),
	INTEGER(UPSMIB "2.5.0", M_BATTERY_VOLTAGE, 10),
	INTEGER(UPSMIB "2.7.0", M_BATTERY_TEMPERATURE, 1),
	FIXED(UPSMIB "3.2.0", 1),
	INTEGER(UPSMIB "3.3.1.2.1", M_INPUT_FREQUENCY, 10),
	INTEGER(UPSMIB "3.3.1.3.1", M_INPUT_VOLTAGE, 1),
	STATE(UPSMIB "4.1.0", M_UPS_STATUS, rfc1628_source),
	FIXED(UPSMIB "4.2.0", 500),
	FIXED(UPSMIB "4.3.0", 1),
	INTEGER(UPSMIB "4.4.1.2.1", M_OUTPUT_VOLTAGE, 1),
	INTEGER(UPSMIB "4.4.1.4.1", M_OUTPUT_POWER, 1),
	INTEGER(UPSMIB "4.4.1.5.1", M_OUTPUT_LOAD, 1),
	FIXED(UPSMIB "9.7.0", 2),
	END,
};

static const struct mib_row powernet[] = {
	SYSTEM("linewatch-sim UPS, PowerNet", "1.3.6.1.4.1.318.1.3.27"),
	TEXT(APC "1.1.1.0", "Sim Smart-UPS 1500"),
	TEXT(APC "1.2.1.0", "SIM 1.0"),
	TEXT(APC "1.2.3.0", "SIM000001"),
	STATE(APC "2.1.1.0", M_UPS_STATUS, powernet_battery),
	TICKS(APC "2.1.2.0", M_BATTERY_ON_SECONDS),
	GAUGE(APC "2.2.1.0", M_BATTERY_CHARGE, 1),
	GAUGE(APC "2.2.2.0", M_BATTERY_TEMPERATURE, 1),
	TICKS(APC "2.2.3.0", M_BATTERY_RUNTIME),
	STATE(APC "2.2.4.0", M_BATTERY_REPLACE, flag_1_2),
	INTEGER(APC "2.2.8.0", M_BATTERY_VOLTAGE, 1),
	GAUGE(APC "2.3.1.0", M_BATTERY_CHARGE, 10),
	GAUGE(APC "2.3.2.0", M_BATTERY_TEMPERATURE, 10),
	INTEGER(APC "2.3.4.0", M_BATTERY_VOLTAGE, 10),
	GAUGE(APC "3.2.1.0", M_INPUT_VOLTAGE, 1),
	GAUGE(APC "3.2.4.0", M_INPUT_FREQUENCY, 1),
	GAUGE(APC "3.3.1.0", M_INPUT_VOLTAGE, 10),
	GAUGE(APC "3.3.4.0", M_INPUT_FREQUENCY, 10),
	STATE(APC "4.1.1.0", M_UPS_STATUS, powernet_output),
	GAUGE(APC "4.2.1.0", M_OUTPUT_VOLTAGE, 1),
	GAUGE(APC "4.2.3.0", M_OUTPUT_LOAD, 1),
	GAUGE(APC "4.3.1.0", M_OUTPUT_VOLTAGE, 10),
	GAUGE(APC "4.3.3.0", M_OUTPUT_LOAD, 10),
	END,
};

static const struct mib_row kamailio[] = {
	SYSTEM("linewatch-sim PBX, KAMAILIO-MIB", "1.3.6.1.4.1.8072.3.2.10"),
	STATE("1.3.6.1.2.1.149.1.1.1.1.2.1", M_PBX_STATUS, sip_service),
	STATE(KAM "1.1.1.1.4.0", M_PBX_STATUS, sip_service),
	GAUGE(KAM "2.1.5.4.0", M_PBX_REGISTERED, 1),
	COUNTER(KAM "2.1.6.1.0", M_PBX_REGISTERED),
	GAUGE(KAM "3.1.3.2.1.0", M_PBX_CALLS_ACTIVE, 1),
	GAUGE(KAM "3.1.3.2.2.0", M_PBX_CALLS_ACTIVE, 1),
	COUNTER(KAM "3.1.3.2.4.0", M_PBX_CALLS_FAILED),
	COUNTER(KAM "3.1.3.2.7.0", M_PBX_CALLS_TOTAL),
	TEXT(KAM "3.1.1.2.3.0", "5.6.3"),
	END,
};

static const struct mib_row router[] = {
	SYSTEM("linewatch-sim router", "1.3.6.1.4.1.8072.3.2.10"),
	FIXED("1.3.6.1.2.1.2.1.0", 2),
	TEXT(IF "2.1", "lan"),
	TEXT(IF "2.2", "wan"),
	{ IF "8.1", BER_INTEGER, M_IF_OPER_UP, 0, 1, if_up, NULL },
	{ IF "8.2", BER_INTEGER, M_IF_OPER_UP, 1, 1, if_up, NULL },
	{ IF "10.1", BER_COUNTER32, M_IF_IN_BYTES, 0, 1, NULL, NULL },
	{ IF "10.2", BER_COUNTER32, M_IF_IN_BYTES, 1, 1, NULL, NULL },
	{ IF "14.1", BER_COUNTER32, M_IF_IN_ERRORS, 0, 1, NULL, NULL },
	{ IF "14.2", BER_COUNTER32, M_IF_IN_ERRORS, 1, 1, NULL, NULL },
	{ IF "16.1", BER_COUNTER32, M_IF_OUT_BYTES, 0, 1, NULL, NULL },
	{ IF "16.2", BER_COUNTER32, M_IF_OUT_BYTES, 1, 1, NULL, NULL },
	TEXT(IFX "1.1", "lan"),
	TEXT(IFX "1.2", "wan"),
	{ IFX "6.1", BER_COUNTER64, M_IF_IN_BYTES, 0, 1, NULL, NULL },
	{ IFX "6.2", BER_COUNTER64, M_IF_IN_BYTES, 1, 1, NULL, NULL },
	{ IFX "10.1", BER_COUNTER64, M_IF_OUT_BYTES, 0, 1, NULL, NULL },
	{ IFX "10.2", BER_COUNTER64, M_IF_OUT_BYTES, 1, 1, NULL, NULL },
	END,
};

static const struct mib_row phone[] = {
	SYSTEM("linewatch-sim SIP phone", "1.3.6.1.4.1.13885"),
	STATE(POLY "1.0", M_SIP_REGISTERED, registration),
	STATE(POLY "3.1.2.1", M_SIP_REGISTERED, registration),
	END,
};

static const struct mib_row headset_base[] = {
	SYSTEM("linewatch-sim headset base", "1.3.6.1.4.1.8072.9999.9999.111"),
	INTEGER(PLAY "1.0", M_HEADSET_PRESENT, 1),
	INTEGER(PLAY "2.0", M_HEADSET_BATTERY, 1),
	END,
};

const struct mib_table mib_tables[] = {
	{ "rfc1628", rfc1628 }, { "powernet", powernet }, { "kamailio", kamailio },
	{ "router", router },	{ "phone", phone },	  { "headset-base", headset_base },
	{ NULL, NULL },
};
