namespace Chorale.Mqtt;

/// <summary>Everything that libmosquitto would refuse with a number, in words and before it is asked.</summary>
internal static class OptionsCheck
{
    public static void Require(MqttOptions options)
    {
        if (options.Host.Length == 0) throw new ArgumentException("the host of the broker must not be empty");
        foreach (var text in new[] { options.Host, options.ClientId, options.UserName, options.Password, options.Tls?.CaFile, options.Tls?.CertFile, options.Tls?.KeyFile })
        {
            if (text?.Contains('\0') == true) throw new ArgumentException("a null character stands in the options of the broker");
        }

        if (options.Port is < 1 or > 65_535) throw new ArgumentException($"the port of the broker {options.Port}: allowed are 1 to 65535");
        if (options.KeepAlive.TotalSeconds is < 5 or > 65_535) throw new ArgumentException($"the keep-alive {options.KeepAlive.TotalSeconds} s: allowed are 5 to 65535 s");
        if (options.ReconnectInterval <= TimeSpan.Zero) throw new ArgumentException($"the reconnect interval {options.ReconnectInterval.TotalSeconds} s: it must be above 0");
        if (options.SessionExpiry is { } expiry && (expiry < TimeSpan.Zero || expiry.TotalSeconds > uint.MaxValue))
            throw new ArgumentException($"the session expiry {expiry.TotalSeconds} s: allowed are 0 to {uint.MaxValue} s");
        if (options.SessionExpiry is not null && options.ClientId is null) throw new ArgumentException("a session that outlives its connection needs a client id");
        if (options.ClientId is { Length: 0 }) throw new ArgumentException("the client id must not be empty");
        if (options.Password is not null && options.UserName is null) throw new ArgumentException("a password needs a user name");
        if (options.Will is { } will && ProblemOf(will) is { } problem) throw new ArgumentException($"the Will: {problem}");
    }

    /// <summary>Null when the message can be sent.</summary>
    public static string? ProblemOf(MqttMessage message)
    {
        if (message.Qos is not (0 or 1)) return $"QoS {message.Qos}: allowed are 0 and 1";
        if (message.Payload.Length > 268_435_455 - 65_600) return $"a payload of {message.Payload.Length} bytes: MQTT carries at most 268 million";
        if (message.Correlation is { Length: > ushort.MaxValue }) return "correlation data must not be longer than 65,535 bytes";
        if (message.Expiry is { } expiry && expiry <= TimeSpan.Zero) return $"an expiry of {expiry.TotalSeconds} s: it must be above 0";
        if (message.ResponseTopic is { } response && TopicFilter.ProblemOfTopic(response) is { } problem) return $"the response topic: {problem}";
        return TopicFilter.ProblemOfTopic(message.Topic);
    }
}
