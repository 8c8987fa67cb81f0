using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Health;

/// <summary>Answers <c>/health</c> and <c>/metrics</c> on loopback. Small on purpose: one request at a time, no framework.</summary>
internal sealed class HealthServer(int port, Func<HealthReport> report, ILogger log)
{
    /// <summary>Serves until <paramref name="stopping"/>. A port in use is an error line, never the end of recording.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        try
        {
            listener.Start();
        }
        catch (HttpListenerException e)
        {
            Log.HealthPortInUse(log, port, e.Message);
            return;
        }

        Log.HealthStarted(log, port);
        using var stop = stopping.Register(static l => ((HttpListener)l!).Abort(), listener);
        while (!stopping.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (stopping.IsCancellationRequested && e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            try
            {
                Answer(context);
            }
            catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
            {
                Log.HealthClientGone(log, e.Message); // the asker hung up; nobody else is harmed
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        using var response = context.Response;
        var path = context.Request.Url?.AbsolutePath.TrimEnd('/');
        if (context.Request.HttpMethod is not ("GET" or "HEAD"))
        {
            response.StatusCode = 405;
            return;
        }

        var body = path switch
        {
            "/health" => report().ToBytes(),
            "/metrics" => Encoding.UTF8.GetBytes(MetricsText.Render(report())),
            _ => null,
        };
        if (body is null)
        {
            response.StatusCode = 404;
            return;
        }

        response.ContentType = path == "/metrics" ? MetricsText.ContentType : "application/json";
        response.ContentLength64 = body.Length;
        if (context.Request.HttpMethod == "GET") response.OutputStream.Write(body);
    }
}
